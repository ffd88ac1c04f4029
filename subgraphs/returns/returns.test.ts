import assert from "node:assert/strict";
import { before, test } from "node:test";
import { milestoneKinds } from "#orchestration/fact-kinds.ts";
import { amount, authorizedReturn, credit, inspect, receive } from "#orchestration/sample-facts.ts";
import { createCaller } from "#shared/caller.ts";
import { person, startTestSubgraphs, testSystems, writeReturn } from "../../test/start-subgraphs.ts";
import { kindsWithSentence } from "#orchestration/summaries.ts";

const { systems, calls } = testSystems([]);
let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
const ada = person("ada", "service", { companies: ["US01"] });
const wilma = person("wilma", "warehouse", { companies: ["US01"], sites: ["CHI1"] });
const ask = (query: string, variables = {}, caller = ada) => subgraphs.ask("returns", caller, query, variables);
let credited: string;
let waiting: string;

before(async () => {
  subgraphs = await startTestSubgraphs(["returns"], systems);
  const log = authorizedReturn({ id: "rln_a", quantity: "4" });
  receive(log, "rcl_a", "rln_a", amount("3"));
  inspect(log, "ins_a", "rcl_a", amount("3"));
  credit(log, "crd_a", "rcl_a", "rln_a", amount("3"), { post: true });
  credited = await writeReturn(subgraphs.db, log);
  const other = authorizedReturn({ id: "rln_b", quantity: "2" });
  other.add("approval.requested", {
    ...{
      approvalId: "apr_b",
      kind: "HIGH_VALUE_CREDIT",
      tier: 1,
      requiredRole: "finance",
      amount: "1158.00",
      threshold: "1000.00",
    },
    ...{
      subject: { creditId: "crd_b" },
      decisionHash: "h",
      reasons: [{ code: "HIGH_VALUE_CREDIT", message: "Much.", amounts: "1158.00 USD.", ruleId: "AP-01" }],
      expiresAt: "2030-01-01T00:00:00.000Z",
    },
  });
  waiting = await writeReturn(subgraphs.db, other);
});

test("a return is told from its facts: status, quantities, turn, receipts, inspections, dispositions", async () => {
  const { data, errors } = await ask(
    `query ($id: ID!) { return(id: $id) { status version channel company { id } customer { id } order { id } warehouse { code } returnAddress { city } waitingOn { party } nextStep { code message }
      lines { id orderLineId item { sku } invoiceLine { invoiceNumber lineNumber } reason { code label faultParty } authorizationStatus receiptStatus inspectionStatus settlementStatus conditionFound { code label }
        quantities { requested { value unit } received { value } credited { value } } unitPrice { amount currency } tax { code rate } dispositions { code quantity { value unit } state ruleId decidedBy { displayName } } }
      receipts { warehouseReceiptNumber warehouse { code } lines { id quantity { value unit } condition { code label } state } } inspections { id grade quantity { value } inspector { displayName } }
      inventoryPostings { id } externalReferences { system kind value } systems { system document syncStatus } } }`,
    { id: credited },
  );
  assert.deepEqual(errors, []);
  const { return: it } = data;
  assert.deepEqual(
    [it.status, it.company.id, it.customer.id, it.order.id, it.warehouse.code, it.returnAddress.city],
    ["PARTIALLY_RECEIVED", "US01", "erp.customer:US01:C-2001", "erp.order:US01:SO-100001", "CHI1", "Chicago"],
  );
  const [line] = it.lines;
  assert.deepEqual(
    [line.item.sku, line.reason, line.unitPrice],
    [
      "BRG-6204",
      { code: "WRONG_SHIPMENT", label: "Wrong item, or more than ordered", faultParty: "US" },
      { amount: "289.50", currency: "USD" },
    ],
  );
  assert.deepEqual(line.quantities, {
    requested: { value: "4", unit: "EA" },
    received: { value: "3" },
    credited: { value: "3" },
  });
  assert.deepEqual(
    [line.authorizationStatus, line.receiptStatus, line.inspectionStatus, line.settlementStatus],
    ["AUTHORIZED", "PARTIALLY_RECEIVED", "INSPECTED", "PARTIALLY_CREDITED"],
  );
  assert.deepEqual(line.dispositions, [
    {
      code: "RESTOCK",
      quantity: { value: "3", unit: "EA" },
      state: "DECIDED",
      ruleId: "DI-A",
      decidedBy: { displayName: "Ada" },
    },
  ]);
  assert.deepEqual(it.receipts[0].lines, [
    {
      id: "rcl_a",
      quantity: { value: "3", unit: "EA" },
      condition: { code: "UNOPENED", label: "Unopened" },
      state: "MATCHED",
    },
  ]);
  assert.deepEqual(it.inspections, [
    { id: "ins_a", grade: "A", quantity: { value: "3" }, inspector: { displayName: "Wilma" } },
  ]);
  assert.ok(it.externalReferences.some(({ kind, value }: any) => kind === "credit memo" && value === "PSCM-crd_a"));
});

test("every milestone has a sentence of its own, and none shows a price to the warehouse or operations (D-40)", async () => {
  assert.deepEqual(
    milestoneKinds.filter((kind) => !kindsWithSentence.includes(kind)),
    [],
  );
  const query =
    "query ($id: ID!) { return(id: $id) { milestones(last: 50) { edges { node { type summary source { system } } } pageInfo { hasPreviousPage } } } }";
  const summary = async (caller: typeof ada) =>
    (await ask(query, { id: credited }, caller)).data.return.milestones.edges.find(
      ({ node }: any) => node.type === "credit.posted",
    ).node.summary;
  assert.equal(await summary(ada), "Credit memo PSCM-crd_a of 110.25 was posted in the ERP.");
  for (const other of [wilma, person("otto", "operations")])
    assert.equal(await summary(other), "Credit memo PSCM-crd_a was posted in the ERP.");
});

test("milestones page forwards and backwards by cursors of that return", async () => {
  const page = async (args: string, id = credited) =>
    await ask(
      `query ($id: ID!) { return(id: $id) { milestones(${args}) { edges { cursor node { type } } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } } }`,
      { id },
    );
  const first = (await page("first: 2")).data.return.milestones;
  const next = (await page(`first: 2, after: "${first.pageInfo.endCursor}"`)).data.return.milestones;
  assert.deepEqual(
    [...first.edges, ...next.edges].map(({ node }: any) => node.type),
    ["return.requested", "return.authorized", "warehouse.instructed", "receipt.recorded"],
  );
  assert.deepEqual(
    [first.pageInfo.hasNextPage, first.pageInfo.hasPreviousPage, next.pageInfo.hasPreviousPage],
    [true, false, true],
  );
  const back = (await page(`last: 1, before: "${next.pageInfo.startCursor}"`)).data.return.milestones;
  assert.deepEqual(
    back.edges.map(({ node }: any) => node.type),
    ["return.authorized"],
  );
  const cursor = Buffer.from(first.pageInfo.endCursor, "base64url").toString();
  assert.doesNotMatch(cursor, /:\d+$/, "nobody counts by it what he doesn't see (G-13)");
  const foreign = await page(`after: "${first.pageInfo.endCursor}"`, waiting);
  assert.equal(foreign.errors[0]?.extensions["code"], "CURSOR_INVALID");
});

test("rows of another company or site are none, however they are asked for (G-13, W-25 (8))", async () => {
  const { rma } = (await ask(`query ($id: ID!) { return(id: $id) { rma: rmaNumber } }`, { id: credited })).data.return;
  const query = `query ($id: ID!, $rma: String!, $r: [_Any!]!) { return(id: $id) { id } returnByRmaNumber(rmaNumber: $rma) { id } returns { totalCount edges { node { id } } } approvals { totalCount edges { node { id } } }
    _entities(representations: $r) { __typename ... on Order { returns { id } } } }`;
  const r = [
    { __typename: "Return", id: credited },
    { __typename: "ReturnLine", id: "rln_a" },
    { __typename: "Approval", id: "apr_b" },
    { __typename: "Order", id: "erp.order:US01:SO-100001" },
  ];
  const none = {
    return: null,
    returnByRmaNumber: null,
    returns: { totalCount: 0, edges: [] },
    approvals: { totalCount: 0, edges: [] },
    _entities: [null, null, null, { __typename: "Order", returns: [] }],
  };
  const strangers = [
    person("eve", "service", { companies: ["CA02"] }),
    person("dan", "warehouse", { companies: ["US01"], sites: ["DAL2"] }),
    createCaller({ ...ada, id: "nobody", roles: [] }),
    createCaller({ ...ada, id: "acme", kind: "PARTNER" }),
  ];
  for (const stranger of strangers) {
    const { data, errors } = await ask(query, { id: credited, rma, r }, stranger);
    assert.deepEqual([data, errors], [none, []]);
  }
  const typed = rma.toLowerCase().replace("-", " ");
  assert.equal((await ask(query, { id: credited, rma: typed, r })).data.returnByRmaNumber.id, credited);
});

test("prices are null with FORBIDDEN for the warehouse, and the rest of the return is whole", async () => {
  const { data, errors } = await ask(
    "query ($id: ID!) { return(id: $id) { lines { id unitPrice { amount } } approvals { id amount { amount } threshold { amount } } } }",
    { id: waiting },
    wilma,
  );
  assert.deepEqual(data.return, {
    lines: [{ id: "rln_b", unitPrice: null }],
    approvals: [{ id: "apr_b", amount: null, threshold: null }],
  });
  assert.deepEqual(
    errors.map(({ extensions }) => extensions["code"]),
    ["FORBIDDEN", "FORBIDDEN", "FORBIDDEN"],
  );
});

test("lists filter, order and page by keyset; totalCount is counted only when asked", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1)
    ids.push(await writeReturn(subgraphs.db, authorizedReturn({ id: `rln_page_${n}`, quantity: "1" })));
  const pages: string[] = [];
  let after: string | null = null;
  do {
    const { data } = await ask(
      "query ($after: String) { returns(first: 3, after: $after, orderBy: { field: REQUESTED_AT, direction: ASC }) { totalCount pageInfo { hasNextPage endCursor } edges { node { id } } } }",
      { after },
    );
    assert.equal(data.returns.totalCount, 7);
    pages.push(...data.returns.edges.map(({ node }: any) => node.id));
    after = data.returns.pageInfo.hasNextPage ? data.returns.pageInfo.endCursor : null;
  } while (after);
  assert.deepEqual(new Set(pages), new Set([credited, waiting, ...ids]));
  assert.equal(pages.length, 7);
  const count = async (filter: object) =>
    (await ask("query ($filter: ReturnFilter) { returns(filter: $filter) { totalCount } }", { filter })).data.returns
      .totalCount;
  assert.deepEqual(
    await Promise.all([
      count({ status: ["PARTIALLY_RECEIVED"] }),
      count({ orderNumber: "so-100001" }),
      count({ search: "north" }),
      count({ search: "%" }),
      count({ invoiceNumber: "PSI-100001" }),
      count({ companyId: "EU03" }),
      count({ requestedFrom: "2999-01-01T00:00:00Z" }),
    ]),
    [1, 7, 7, 0, 7, 0, 0],
  );
});

test("a page's bounds, a forged cursor, one of another list and a bad moment are refused with the field", async () => {
  const code = async (args: string) =>
    (await ask(`{ returns(${args}) { totalCount } }`)).errors.map(
      ({ extensions, message }) => `${String(extensions["code"])} ${message}`,
    )[0];
  assert.match(String(await code("first: 101")), /^BAD_USER_INPUT first/);
  assert.match(String(await code("first: 0")), /^BAD_USER_INPUT first/);
  assert.match(String(await code('after: "bm9wZQ"')), /^CURSOR_INVALID/);
  const { data } = await ask("{ approvals { pageInfo { endCursor } } }");
  assert.match(String(await code(`after: "${data.approvals.pageInfo.endCursor}"`)), /^CURSOR_INVALID/);
  assert.match(String(await code('filter: { requestedFrom: "yesterday" }')), /^BAD_USER_INPUT filter.requestedFrom/);
  assert.match(String(await code(`filter: { search: "${"a".repeat(201)}" }`)), /^BAD_USER_INPUT filter.search/);
  assert.match(String(await code('filter: { customerReference: "PO-1" }')), /^NOT_AVAILABLE/);
});

test("approvals wait in the inbox of the role that decides", async () => {
  const fin = person("fin", "finance", { companies: ["US01"] });
  const { data } = await ask(
    "query ($filter: ApprovalFilter) { approvals(filter: $filter) { totalCount edges { node { id kind amount { amount currency } reasons { ruleId } return { id } } } } }",
    { filter: { role: "finance" } },
    fin,
  );
  assert.deepEqual(data.approvals, {
    totalCount: 1,
    edges: [
      {
        node: {
          id: "apr_b",
          kind: "HIGH_VALUE_CREDIT",
          amount: { amount: "1158.00", currency: "USD" },
          reasons: [{ ruleId: "AP-01" }],
          return: { id: waiting },
        },
      },
    ],
  });
});

test("an approval's reasons name amounts to who sees prices, and to nobody else (D-40)", async () => {
  const said = async (caller: typeof ada) => {
    const { data } = await ask(
      "query ($id: ID!) { return(id: $id) { approvals { reasons { message } } } }",
      { id: waiting },
      caller,
    );
    return data.return.approvals[0].reasons[0].message;
  };
  assert.equal(await said(ada), "Much. 1158.00 USD.");
  for (const other of [wilma, person("otto", "operations")]) assert.equal(await said(other), "Much.");
});

test("fifty full returns are told without one call to a system", async () => {
  calls.length = 0;
  for (let n = 0; n < 50; n += 1)
    await writeReturn(subgraphs.db, authorizedReturn({ id: `rln_full_${n}`, quantity: "1" }));
  const { data } = await ask(
    "{ returns(first: 50) { edges { node { id status milestones(last: 5) { edges { node { summary } } } lines { quantities { requested { value } } } } } } }",
  );
  assert.deepEqual([data.returns.edges.length, calls], [50, []]);
});

test("one return whose facts don't fold is null in its place, the others of the page are whole (W-22)", async () => {
  const id = await writeReturn(subgraphs.db, authorizedReturn({ id: "rln_poison", quantity: "1" }));
  await subgraphs.db
    .updateTable("facts")
    .set({ kind: "from.the.future" })
    .where("return_id", "=", id)
    .where("version", "=", 3)
    .execute();
  const { data, errors } = await ask("{ returns(first: 2) { edges { node { id } } } }");
  assert.deepEqual([data.returns.edges[0].node, errors.length], [null, 1]);
  assert.ok(data.returns.edges[1].node.id);
});
