import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { ErpCustomer, ErpOrder } from "#adapters/erp/port.ts";
import { amount, authorizedReturn, credit, type FactLog, inspect, receive } from "#orchestration/sample-facts.ts";
import { type Caller, createCaller } from "#shared/caller.ts";
import type { SubgraphName } from "#shared/config.ts";
import { newId } from "#shared/ids.ts";
import { acme, boltco, demoPartners, northwind, supplyco } from "../test/demo-partners.ts";
import { answering, erpItem, erpOrder } from "../test/erp-records.ts";
import { person, startTestSubgraphs, testSystems, writeReturn } from "../test/start-subgraphs.ts";

/** By number: of boltco, of the marketplace, and of neither. */
const sold: Record<string, Partial<ErpOrder>> = {
  "SO-BOLT": { customerNumber: "C-2020", channel: "INSIDE" },
  "SO-MARKET": { customerNumber: "C-3000", channel: "MARKETPLACE" },
  "SO-OTHER": { customerNumber: "C-3000", channel: "INSIDE" },
};
const { systems, calls } = testSystems([
  {
    companyId: "US01",
    findOrders: answering((number) => (sold[number] ? erpOrder(number, sold[number]) : null)),
    findInvoices: answering((number) => ({ ...erpOrder().invoices[0]!, number, customerNumber: number.slice(3) })),
    findCustomers: answering<ErpCustomer>(() => null),
    findItems: answering((sku) => erpItem(sku)),
  },
]);
let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
const ask = (name: SubgraphName, caller: Caller, query: string, variables = {}) =>
  subgraphs.ask(name, caller, query, variables);

type Whose = { companyId?: string; customer?: string; channel?: string | undefined; site?: string; skus?: string[] };
type Written = { id: string; rma: string; line: string; credit: string; approval: string };
/** A return with a credit and an approval of somebody, as its facts say whose it is. */
async function write({ companyId = "US01", customer = "C-3000", channel, site = "CHI1", skus = ["BRG-6204"] }: Whose) {
  const ids = { line: newId("rln"), credit: newId("crd"), approval: newId("apr"), receiptLine: newId("rcl") };
  const log = authorizedReturn(
    ...skus.map((sku, at) => ({ id: at === 0 ? ids.line : newId("rln"), quantity: "4", posted: { sku } })),
  );
  receive(log, ids.receiptLine, ids.line, amount("3"), { sku: skus[0]! });
  inspect(log, newId("ins"), ids.receiptLine, amount("3"));
  credit(log, ids.credit, ids.receiptLine, ids.line, amount("3"), { post: true });
  log.add("approval.requested", {
    ...{ approvalId: ids.approval, kind: "HIGH_VALUE_CREDIT", tier: 1, requiredRole: "finance", amount: null },
    ...{ threshold: null, subject: { creditId: ids.credit }, decisionHash: "h", reasons: [] },
    expiresAt: "2030-01-01T00:00:00.000Z",
  });
  const id = await writeReturn(subgraphs.db, told(log, { companyId, customer, channel, site }));
  const { rma_number: rma } = await subgraphs.db
    .selectFrom("returns")
    .select("rma_number")
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return { ...ids, id, rma };
}

/** The same facts of another customer, channel, company and site; every number is this return's alone. */
function told(log: FactLog, { companyId, customer, channel, site }: Omit<Whose, "skus">): FactLog {
  const { returnId } = log.facts[0]!;
  const facts = JSON.stringify(log.facts)
    .replaceAll("US01", companyId!)
    .replaceAll("C-2001", customer!)
    .replaceAll("CHI1", site!)
    .replaceAll("BH1-", `BH1-${returnId.slice(-6)}`)
    .replace('"channel":', channel ? `"orderChannel":"${channel}","channel":` : '"channel":');
  return { ...log, facts: JSON.parse(facts) };
}

let own: Record<keyof typeof demoPartners, Written>;
let nobodys: Written;
before(async () => {
  subgraphs = await startTestSubgraphs(["returns", "orders", "inventory", "credits", "cases", "operations"], systems);
  own = {
    acme: await write({ companyId: "EU03", site: "HAM4", channel: "MARKETPLACE" }),
    northwind: await write({ channel: "MARKETPLACE" }),
    boltco: await write({ customer: "C-2020", channel: "INSIDE" }),
    supplyco: await write({ skus: ["GEN-8100", "BRG-6204"] }),
  };
  nobodys = await write({ companyId: "CA02", site: "TOR3", customer: "C-2020", channel: "MARKETPLACE" });
});

const partners = Object.entries(demoPartners) as [keyof typeof demoPartners, Caller][];
const forged: Written = { id: "ret_0", rma: "R26-7Q3KX2M", line: "rln_0", credit: "crd_0", approval: "apr_0" };
const byNumber = `query ($id: ID!, $rma: String!) { return(id: $id) { id } returnByRmaNumber(rmaNumber: $rma) { id rmaNumber status } }`;
const entities = (fields: string) => `query ($of: [_Any!]!) { _entities(representations: $of) { ${fields} } }`;

test("a partner finds its own return by id and number, and of a foreign one what it finds of none (D-40, G-12, G-13)", async () => {
  for (const [name, caller] of partners) {
    const { id, rma } = own[name];
    const mine = await ask("returns", caller, byNumber, { id, rma });
    assert.deepEqual([mine.errors, mine.data.return.id, mine.data.returnByRmaNumber.id], [[], id, id], name);
    const none = await ask("returns", caller, byNumber, forged);
    assert.deepEqual(none.data, { return: null, returnByRmaNumber: null });
    for (const other of [nobodys, ...partners.flatMap(([of]) => (of === name ? [] : [own[of]]))])
      assert.deepEqual(await ask("returns", caller, byNumber, other), none, `${name} and ${other.rma}`);
  }
});

test("lists and counts hold a partner's own returns alone, whatever is asked for (G-13)", async () => {
  const list = `query ($filter: ReturnFilter) { returns(filter: $filter) { edges { node { id } } totalCount pageInfo { hasNextPage } }
    approvals { edges { node { id } } totalCount } }`;
  for (const [name, caller] of partners)
    for (const filter of [{}, { search: "R26" }, { companyId: "CA02" }, { rmaNumber: nobodys.rma }]) {
      const { data, errors } = await ask("returns", caller, list, { filter });
      const isAll = Object.keys(filter).length === 0 || "search" in filter;
      assert.deepEqual(errors, []);
      assert.deepEqual(
        [data.returns.edges.map(({ node }: any) => node.id), data.returns.totalCount, data.approvals.totalCount],
        isAll ? [[own[name].id], 1, 0] : [[], 0, 0],
        name,
      );
    }
});

test("what hangs off a foreign return is reached by no id of it: lines, credits, approvals, cases, operations, exceptions (G-13)", async () => {
  await subgraphs.db
    .insertInto("exceptions")
    .values({
      ...{ id: "exc_of", return_id: own.boltco.id, company_id: "US01", category: "ERP_RULE", code: "PERIOD_CLOSED" },
      ...{ status: "OPEN", owner_role: "finance", due_at: new Date(), summary: "s", cause: "c", replayable: false },
    })
    .execute();
  const reach = async (caller: Caller, { id, line, credit: memo, approval }: Written) => {
    const of = (__typename: string, key: string) => ({ __typename, id: key });
    const answers = [
      await ask("returns", caller, entities("... on Return { id } ... on ReturnLine { id } ... on Approval { id }"), {
        of: [of("Return", id), of("ReturnLine", line), of("Approval", approval)],
      }),
      await ask("credits", caller, entities("... on CreditMemo { id } ... on Return { credits { id } }"), {
        of: [of("CreditMemo", memo), of("Return", id)],
      }),
      await ask("cases", caller, entities("... on Return { cases { id } }"), { of: [of("Return", id)] }),
      await ask(
        "operations",
        caller,
        entities("... on Return { operations { id } exceptions { id } } ... on ExceptionTask { id }"),
        { of: [of("Return", id), of("ExceptionTask", id === own.boltco.id ? "exc_of" : "exc_0")] },
      ),
    ];
    return answers.map(({ data, errors }) => [data?._entities, errors.map(({ extensions }) => extensions["code"])]);
  };
  for (const [name, caller] of partners) {
    const none = await reach(caller, forged);
    for (const other of [nobodys, ...partners.flatMap(([of]) => (of === name ? [] : [own[of]]))])
      assert.deepEqual(await reach(caller, other), none, name);
  }
  const [returns, credits, cases, operations] = await reach(boltco, own.boltco);
  const { id, line, credit: memo } = own.boltco;
  assert.deepEqual(returns, [[{ id }, { id: line }, null], []]);
  assert.deepEqual(credits, [[{ id: memo }, { credits: [{ id: memo }] }], []]);
  assert.deepEqual(
    [cases, operations],
    [
      [[{ cases: null }], []],
      [[{ operations: [], exceptions: null }, null], []],
    ],
  );
});

test("money is for customers and marketplaces: a third party and a supplier get none of it, whatever they ask (D-40)", async () => {
  const prices =
    "query ($id: ID!) { return(id: $id) { creditPreview { total { amount } } lines { unitPrice { amount } } } }";
  const memos = entities("... on Return { credits { total { amount } } }");
  const codesOf = ({ errors }: { errors: { extensions: Record<string, unknown> }[] }) =>
    errors.map(({ extensions }) => extensions["code"]);
  for (const [name, caller] of partners) {
    const { id } = own[name];
    const answers = [
      await ask("returns", caller, prices, { id }),
      await ask("credits", caller, memos, { of: [{ __typename: "Return", id }] }),
    ];
    const isCustomer = caller.rows!.kind === "customer";
    assert.ok(
      answers.every((answer) => codesOf(answer).every((code) => code === "FORBIDDEN")),
      name,
    );
    assert.deepEqual(
      answers.map((answer) => codesOf(answer).length > 0),
      isCustomer ? [false, false] : [true, true],
    );
    assert.equal(JSON.stringify(answers).includes('"amount":"'), isCustomer, name);
  }
});

test("a supplier sees of a return the lines with its items, a third party its whole return (D-40)", async () => {
  const lines = "query ($id: ID!) { return(id: $id) { lines { item { sku } } receipts { lines { sku } } } }";
  const { data } = await ask("returns", supplyco, lines, { id: own.supplyco.id });
  assert.deepEqual(data.return.lines, [{ item: { sku: "GEN-8100" } }]);
  const service = person("ada", "service", { companies: ["US01"] });
  const whole = await ask("returns", service, lines, { id: own.supplyco.id });
  assert.equal(whole.data.return.lines.length, 2);
});

test("milestones of a return are those of the partner's allow-list (G-13)", async () => {
  const query =
    "query ($id: ID!) { return(id: $id) { milestones(last: 20) { edges { node { type } } pageInfo { hasPreviousPage } } } }";
  const typesOf = async (caller: Caller, { id }: Written) => {
    const { milestones } = (await ask("returns", caller, query, { id })).data.return;
    return milestones.edges.map(({ node }: any) => node.type);
  };
  const [request, receipt] = [["return.requested", "return.authorized"], "receipt.recorded"];
  assert.deepEqual(await typesOf(boltco, own.boltco), [...request, receipt, "credit.posted"]);
  assert.deepEqual(await typesOf(acme, own.acme), [
    ...["return.authorized", "warehouse.instructed", receipt, "inspection.completed", "disposition.decided"],
  ]);
  assert.deepEqual(await typesOf(supplyco, own.supplyco), [], "claims are not built");
});

test("an order, its invoices and its eligibility are the buyer's: a foreign order and none take the same calls and say the same (D-40, G-13)", async () => {
  const query = `query ($id: ID!, $number: String!) { order(id: $id) { id } orderByNumber(number: $number) { id } }`;
  const look = async (caller: Caller, number: string) => {
    calls.length = 0;
    const { data, errors } = await ask("orders", caller, query, { id: `erp.order:US01:${number}`, number });
    assert.deepEqual(errors, []);
    return { found: [data.order?.id, data.orderByNumber?.id].map((id) => id?.split(":").at(-1)), calls: [...calls] };
  };
  for (const [caller, number] of [
    [boltco, "SO-BOLT"],
    [northwind, "SO-MARKET"],
  ] as const) {
    assert.deepEqual((await look(caller, number)).found, [number, number]);
    const none = await look(caller, "SO-NONE");
    for (const other of Object.keys(sold).filter((each) => each !== number))
      assert.deepEqual(await look(caller, other), none);
  }
  for (const caller of [acme, supplyco])
    assert.deepEqual(await look(caller, "SO-BOLT"), { found: [undefined, undefined], calls: [] });
  const invoices = entities("... on Invoice { number }");
  const of = ["PI-C-2020", "PI-C-3000"].map((number) => ({ __typename: "Invoice", id: `erp.invoice:US01:${number}` }));
  const { data } = await ask("orders", boltco, invoices, { of });
  assert.deepEqual(data._entities, [{ number: "PI-C-2020" }, null]);
});

test("a partner whose bundle lacks the list that makes it what it is sees nothing at all (G-12)", async () => {
  const wide = [
    createCaller({ ...acme, sites: null }),
    createCaller({ ...boltco, rows: { ...boltco.rows!, customers: null } }),
    createCaller({ ...boltco, rows: { ...boltco.rows!, customers: [] } }),
    createCaller({ ...supplyco, rows: { ...supplyco.rows!, items: null } }),
    createCaller({ ...boltco, rows: null }),
    createCaller({ ...boltco, companies: [] }),
    createCaller({ ...supplyco, roles: ["service"], rows: null }),
  ];
  for (const caller of wide)
    for (const { id, rma } of Object.values(own)) {
      const { data } = await ask("returns", caller, `${byNumber.slice(0, -1)} returns { totalCount } }`, { id, rma });
      assert.deepEqual(data, { return: null, returnByRmaNumber: null, returns: { totalCount: 0 } });
    }
});
