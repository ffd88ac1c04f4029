import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, test } from "node:test";
import { SignJWT } from "jose";
import type { DemoClaims } from "#gateway/access/demo-people.ts";
import { demoPartners } from "#gateway/access/demo-people.ts";
import { raiseTask } from "#orchestration/exceptions.ts";
import {
  createCaller,
  createInternalKeys,
  createInternalSigner,
  INTERNAL_HEADER,
  ROLES,
  type Role,
} from "#shared/caller.ts";
import { type SubgraphName, subgraphNames } from "#shared/config.ts";
import { inTransaction } from "#shared/database.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { type Answer, contractDocument, type TestClient } from "../clients.ts";
import { openRawSocket } from "../gateway/raw-socket.ts";
import { allHeard } from "../heard.ts";
import { plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";
import { writesNothing } from "../written.ts";

const time = new Date().toISOString();
let system: Everything;
let acts: Acts;
/** Returns by the site they go to. */
let returns: Record<"CHI1" | "DAL2" | "HAM4", string>;
/** Open tasks of the return at CHI1: one of finance's, one about money. */
let tasks: { rule: string; money: string };
/** A credit that waits for finance. */
let approval: string;

before(async () => {
  system = await startEverything({ env: { PARTNERS_DIR: "partners" } });
  acts = createActs(system);
  const atChi1 = await acts.requestReturn("SO-100001", [{ quantity: "4" }]);
  const { receipt, floor } = await acts.receive(atChi1);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const { approvals } = await system.returnWhen(atChi1, "an approval", (state) => state.approvals.length > 0);
  approval = approvals[0]!.approvalId;
  const atHam4 = await acts.requestReturn("SO-300001", [{ quantity: "1" }], { by: "sam", company: "EU03" });
  returns = { CHI1: atChi1, DAL2: await returnAtDal2(), HAM4: atHam4 };
  await system.returnWhen(atHam4, "the warehouse", ({ warehouse }) => warehouse !== null);
  const raise = (code: "CUSTOMER_BLOCKED" | "TAX_DIFFERENCE") =>
    inTransaction(system.db, (tx) =>
      raiseTask(
        tx,
        { code, summary: "For the test.", cause: `test:${code}`, returnId: atChi1 },
        {
          correlationId: "test",
          actor: { id: "test", displayName: "Test", kind: "SYSTEM" },
          source: { system: "test", reference: null },
        },
      ),
    );
  tasks = { rule: await raise("CUSTOMER_BLOCKED"), money: await raise("TAX_DIFFERENCE") };
  // Those that were asked for on the way to Dallas, too: no test of this file may see what a worker still writes about them.
  await allHeard(system);
});

/** The first order without a story whose goods go back to Dallas. */
async function returnAtDal2(): Promise<string> {
  for (const { number, line } of plainOrders({ ...system.sandbox.distributor, today: time.slice(0, 10) })) {
    const id = await acts.requestReturn(number, [{ line, quantity: "1" }]);
    const { warehouse } = await system.returnWhen(id, "the warehouse", (state) => state.warehouse !== null);
    if (warehouse === "DAL2") return id;
  }
  throw new Error("no order of the seed was shipped from Dallas");
}

/** Each mutation with input that whoever may send it is told NOT_FOUND for: what is asked for is not there. */
const mutations: [name: string, document: string, allowed: Role[], input: () => object][] = [
  [
    "requestReturn",
    "request-return",
    ["service", "supervisor"],
    () => ({
      lines: [
        { orderLineId: "erp.order:US01:SO-999999/10000", quantity: { value: "1", unit: "EA" }, reasonCode: "RECALL" },
      ],
    }),
  ],
  ["cancelReturn", "cancel-return", ["service", "supervisor"], () => ({ id: "ret_none", reason: "x" })],
  [
    "recordReceipt",
    "record-receipt",
    ["warehouse"],
    () => ({
      returnId: "ret_none",
      warehouse: "CHI1",
      warehouseReceiptNumber: "1",
      receivedAt: time,
      lines: [{ lineNumber: 1, sku: "BRG-6204", quantity: { value: "1", unit: "EA" }, conditionCode: "UNOPENED" }],
    }),
  ],
  [
    "recordInspection",
    "record-inspection",
    ["warehouse"],
    () => ({ receiptLineId: "rcl_none", quantity: { value: "1", unit: "EA" }, grade: "A", inspectedAt: time }),
  ],
];
/** What was refused: by the graph a field that is null, by the subgraph in the payload. */
const codesOf = ({ data, errors = [] }: Answer): string[] => [
  ...errors.map(({ extensions }) => extensions.code),
  ...Object.values(data as Record<string, { userErrors: { code: string }[] } | null>).flatMap((payload) =>
    (payload?.userErrors ?? []).map(({ code }) => code),
  ),
];

for (const [name, document, allowed, input] of mutations)
  test(`${name} is for ${allowed.join(" and ")}; every other role is FORBIDDEN and writes nothing (vocabulary 9)`, async () => {
    for (const role of ROLES) {
      const client = await system.as(`role:${role}`);
      const answer = await writesNothing(system.db, () =>
        client.query(`service-ui/${document}`, { input: { idempotencyKey: newKey(), ...input() } }),
      );
      assert.deepEqual(codesOf(answer), [allowed.includes(role) ? "NOT_FOUND" : "FORBIDDEN"], role);
    }
  });

test("decideApproval is for the role that the approval asks for, and never for a machine (D-24, SE-05)", async () => {
  const machine: DemoClaims = { sub: "bot", client_id: "bot", roles: ["finance"], companies: ["*"] };
  const others = ROLES.filter((role) => role !== "finance").map((role) => `role:${role}`);
  for (const who of [...others, machine]) {
    const client = await system.as(who);
    const input = { idempotencyKey: newKey(), id: approval, decision: "APPROVE" };
    const answer = await writesNothing(system.db, () => client.query("service-ui/decide-approval", { input }));
    const mayDecideSome = typeof who === "object" || who === "role:supervisor";
    assert.deepEqual(
      [codesOf(answer), answer.data.decideApproval?.approval ?? null],
      [[mayDecideSome ? "NOT_ALLOWED" : "FORBIDDEN"], null],
      JSON.stringify(who),
    );
  }
});

/** What each role may do with a task that finance owns: about a rule of the ERP, and about money. */
const handling: [document: string, input: object, rule: Role[], money: Role[]][] = [
  [
    "assign-exception",
    { ownerId: "fin" },
    ["supervisor", "finance", "operations"],
    ["supervisor", "finance", "operations"],
  ],
  ["resolve-exception", { resolution: "WAIVED", note: "x" }, ["supervisor", "finance", "operations"], ["finance"]],
];
for (const [document, input, rule, money] of handling)
  test(`${document}: of the task's role, supervisor and operations; money only as vocabulary 9 says`, async () => {
    for (const [id, allowed] of [
      [tasks.rule, rule],
      [tasks.money, money],
    ] as const)
      for (const role of ROLES.filter((one) => !allowed.includes(one))) {
        const client = await system.as(`role:${role}`);
        const answer = await writesNothing(system.db, () =>
          client.query(`service-ui/${document}`, { input: { idempotencyKey: newKey(), id, ...input } }),
        );
        assert.deepEqual(codesOf(answer), ["NOT_ALLOWED"], `${role} ${id}`);
      }
  });

test("replayExceptions is for supervisor, operations and, for rules of the ERP and money, finance: each id answers for itself", async () => {
  for (const role of ROLES) {
    const client = await system.as(`role:${role}`);
    const input = { idempotencyKey: newKey(), ids: [tasks.rule, tasks.money] };
    const answer = await client.query("service-ui/replay-exceptions", { input });
    const may = ["supervisor", "operations", "finance"].includes(role);
    assert.deepEqual(
      answer.data.replayExceptions?.results.map(({ userErrors }: any) => userErrors[0].code) ?? codesOf(answer),
      may ? ["CONFLICT", "CONFLICT"] : ["FORBIDDEN"],
      role,
    );
  }
});

const readers: [who: string | DemoClaims, sees: (keyof typeof returns)[]][] = [
  ["ada", ["CHI1", "DAL2"]],
  ["wilma", ["CHI1", "DAL2"]],
  ["fin", ["CHI1", "DAL2", "HAM4"]],
  ["sam", ["CHI1", "DAL2", "HAM4"]],
  ["otto", ["CHI1", "DAL2", "HAM4"]],
  [{ sub: "dan", name: "Dan", roles: ["warehouse"], companies: ["US01"], sites: ["DAL2"] }, ["DAL2"]],
  [{ sub: "eve", name: "Eve", roles: ["service"], companies: ["EU03"] }, ["HAM4"]],
  [{ sub: "non", name: "Non", roles: ["service"], companies: [] }, []],
];
const everything = `query ($id: ID!, $rma: String!, $order: ID!, $number: String!, $company: ID!, $operation: ID!) {
  return(id: $id) { id } returnByRmaNumber(rmaNumber: $rma) { id } operation(id: $operation) { id }
  order(id: $order) { id } orderByNumber(number: $number, companyId: $company) { id }
  returns(first: 100) { totalCount edges { node { id } } }
  approvals { edges { node { return { id } } } } exceptions { edges { node { return { id } } } }
}`;
for (const [who, sees] of readers)
  test(`${typeof who === "string" ? who : who.sub} sees the returns, operations, approvals and tasks of ${sees.join(", ") || "nobody"}, however they are asked for`, async () => {
    const client = await system.as(who);
    for (const [site, id] of Object.entries(returns) as [keyof typeof returns, string][]) {
      const seen = sees.includes(site);
      const { rmaNumber, orderId, orderNumber, companyId } = await system.stateOf(id);
      const operation = await system.db
        .selectFrom("operations")
        .select("id")
        .where("return_id", "=", id)
        .executeTakeFirstOrThrow();
      const variables = {
        id,
        rma: rmaNumber,
        order: orderId,
        number: orderNumber,
        company: companyId,
        operation: operation.id,
      };
      const { data, errors } = await client.query(everything, variables);
      assert.deepEqual(errors, undefined);
      const expected = seen ? { id } : null;
      assert.deepEqual(
        [data.return, data.returnByRmaNumber, data.operation],
        [expected, expected, seen ? operation : null],
        site,
      );
      const listed = data.returns.edges.some(({ node }: any) => node.id === id);
      assert.equal(listed, seen, `${site} in the list`);
      const company = site === "HAM4" ? "EU03" : "US01";
      const ofCompany = sees.some((one) => (one === "HAM4" ? "EU03" : "US01") === company);
      assert.deepEqual([data.order !== null, data.orderByNumber !== null], [ofCompany, ofCompany], `${site}'s order`);
      if (site !== "CHI1") continue;
      const inLists = (edges: any[]) => edges.some(({ node }) => node.return?.id === id);
      assert.deepEqual([inLists(data.approvals.edges), inLists(data.exceptions.edges)], [seen, seen]);
    }
    const { item } = await client.data('{ item(sku: "BRG-6204") { sku availability { available { value } } } }');
    assert.notEqual(item, null, "one item master for everybody who works here");
    if (sees.length === 0)
      assert.deepEqual(await client.data("{ returns { totalCount } }"), { returns: { totalCount: 0 } });
  });

test("whoever has none of our roles is refused everything, and sees nothing of what there is", async () => {
  const client = await system.as({ sub: "new", name: "New", roles: [], companies: ["*"] });
  const variables = { id: returns.CHI1, rma: "R26-7Q3KX2M", order: "o", number: "n", company: "US01", operation: "op" };
  const { data, errors = [] } = await client.query(everything, variables);
  assert.deepEqual(new Set(Object.values(data)), new Set([null]));
  assert.deepEqual(
    errors.map(({ path, extensions }) => [path?.length, extensions.code]),
    Object.keys(data).map(() => [1, "FORBIDDEN"]),
  );
});

test("what is keyed for a return of another company is answered as for one that is not there (G-13)", async () => {
  const key = async (who: string | DemoClaims, changes: object) => {
    const { input } = receiptOf(changes);
    const client = await system.as(who);
    const { recordReceipt } = await writesNothing(system.db, () => client.data("service-ui/record-receipt", { input }));
    return recordReceipt.userErrors;
  };
  const { rmaNumber } = await system.stateOf(returns.HAM4);
  assert.deepEqual(await key("wilma", { rmaNumber }), await key("wilma", { rmaNumber: "R26-7Q3KX2M" }));
  assert.deepEqual(await key("wilma", { returnId: returns.HAM4 }), await key("wilma", { returnId: "ret_none" }));
  const everywhere = await key("role:warehouse", { returnId: returns.HAM4 });
  assert.deepEqual(
    everywhere.map(({ code, field }: any) => [code, field]),
    [["INVALID_INPUT", ["warehouse"]]],
    "a site of another company",
  );

  const { lines } = (await system.stateOf(returns.CHI1)).receipts[0]!;
  const inspect = async (receiptLineId: string) => {
    const client = await system.as({
      sub: "hal",
      name: "Hal",
      roles: ["warehouse"],
      companies: ["EU03"],
      sites: ["HAM4"],
    });
    const input = {
      idempotencyKey: newKey(),
      receiptLineId,
      quantity: { value: "1", unit: "EA" },
      grade: "A",
      inspectedAt: time,
    };
    return (await client.data("service-ui/record-inspection", { input })).recordInspection.userErrors;
  };
  assert.deepEqual(await inspect(lines[0]!.receiptLineId), await inspect("rcl_none"));
});

const receiptOf = (changes: object) => ({
  input: {
    ...{ idempotencyKey: newKey(), warehouse: "CHI1", warehouseReceiptNumber: "1", receivedAt: time },
    lines: [{ lineNumber: 1, sku: "BRG-6204", quantity: { value: "1", unit: "EA" }, conditionCode: "UNOPENED" }],
    ...changes,
  },
});

const amounts = (value: unknown): unknown[] =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([name, inner]) =>
        name === "amount" && typeof inner === "string" ? [inner] : amounts(inner),
      );

test("the warehouse sees no price anywhere: null with FORBIDDEN, and the rest whole", async () => {
  const wilma = await system.as("wilma");
  const [unified, order, inbox, found] = await Promise.all([
    wilma.query("service-ui/unified-return", { id: returns.CHI1 }),
    wilma.query("service-ui/order-view", { number: "SO-100001" }),
    wilma.query("service-ui/approvals-inbox", {}),
    wilma.query("service-ui/find-returns", {}),
  ]);
  // A list of returns has no price to refuse but that of a credit.
  const isCredited = found.data.returns.edges.some(({ node }: any) => node.credits.length > 0);
  for (const answer of [unified, order, inbox, found]) {
    assert.deepEqual(amounts(answer.data), []);
    const codes = new Set(answer.errors?.map(({ extensions }) => extensions.code));
    assert.equal(codes.has("FORBIDDEN"), answer !== found || isCredited);
    codes.delete("FORBIDDEN");
    codes.delete("NOT_AVAILABLE");
    assert.deepEqual([...codes], []);
  }
  assert.deepEqual([unified.data.return.lines[0].item.sku, order.data.orderByNumber.number], ["BRG-6204", "SO-100001"]);
  assert.doesNotMatch(JSON.stringify(unified.data), /1,?158|1,?276|289\.5/, "no sentence tells a price");
  const frames = wilma.subscribe("service-ui/follow-return", { returnId: returns.CHI1 });
  const frame = await frames.until(
    "a frame with a credit",
    ({ data }) => data?.returnMilestones.return?.credits.length,
  );
  await frames.stop();
  assert.deepEqual(amounts(frame.data), []);
  assert.deepEqual(
    frame.errors?.map(({ path, extensions }) => [path?.at(-1), extensions.code]),
    [["total", "FORBIDDEN"]],
    "a stream refuses what a query does",
  );
  const fin = await system.as("fin");
  assert.ok(amounts((await fin.query("service-ui/unified-return", { id: returns.CHI1 })).data).includes("1158.00"));
});

/** The document of each partner that asks for a return, as its bundle registers it. */
const statusOf = (partner: string) =>
  demoPartners[partner]?.scope?.includes("returns:request") ? "customer-return-status" : "return-status";
const idOf = (document: string) =>
  `sha256:${createHash("sha256")
    .update(contractDocument(`partner/${document}`))
    .digest("hex")}`;
async function asPartner(partner: string) {
  const authorization = `Bearer ${await system.gateway.issuer!.token(demoPartners[partner]!)}`;
  const ask = (sent: object, path = "/graphql") =>
    fetch(`${system.gateway.url}${path}`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(sent),
    });
  const askFor = async (rmaNumber: string | null) =>
    (await (await ask({ variables: { rmaNumber } }, `/graphql/${idOf(statusOf(partner))}`)).json()) as any;
  return { authorization, ask, askFor };
}
const rmaOf = async (id: string) =>
  (await system.returnWhen(id, "its number", ({ rmaNumber }) => rmaNumber !== null)).rmaNumber;

test("a 3PL sees the return that comes to its site, without money; a return of others and none look the same to every partner (D-40, G-13, SE-08)", async () => {
  const [own, foreign] = [await rmaOf(returns.HAM4), await rmaOf(returns.CHI1)];
  for (const partner of Object.keys(demoPartners)) {
    const { askFor } = await asPartner(partner);
    const none = await askFor("R26-0000000");
    assert.deepEqual(none, { data: { returnByRmaNumber: null } }, partner);
    assert.deepEqual(await askFor(foreign), none, partner);
    const seen = await askFor(own);
    if (partner !== "acme-3pl") assert.deepEqual(seen, none, partner);
    else
      assert.deepEqual(
        [seen.data.returnByRmaNumber.rmaNumber, seen.data.returnByRmaNumber.warehouse.code],
        [own, "HAM4"],
      );
  }
});

test("partners send their own registered documents only, by id, on every door (G-12, SE-04)", async () => {
  const persons = contractDocument("service-ui/find-returns");
  for (const partner of Object.keys(demoPartners)) {
    const { authorization, ask } = await asPartner(partner);
    const codeOf = async (response: Response) => ((await response.json()) as any).errors[0].extensions.code;
    for (const query of [persons, contractDocument(`partner/${statusOf(partner)}`)])
      assert.equal(await codeOf(await ask({ query })), "DOCUMENT_REQUIRED", partner);
    const others = partner === "acme-3pl" ? "customer-return-status" : "decide-approval";
    assert.equal(await codeOf(await ask({ documentId: others })), "DOCUMENT_UNKNOWN", partner);
    const socket = await openRawSocket(`${system.gateway.url}/graphql`);
    socket.send({ type: "connection_init", payload: { authorization } });
    assert.equal((await socket.next()).type, "connection_ack");
    socket.send({ type: "subscribe", id: "1", payload: { query: "subscription { returnMilestones { cursor } }" } });
    assert.equal((await socket.next()).payload[0].extensions.code, "DOCUMENT_REQUIRED", partner);
    socket.send({ type: "subscribe", id: "2", payload: { documentId: idOf("follow-own-returns") } });
    assert.equal((await socket.next()).type, "next", partner);
    socket.socket.close();
  }
});

const boss = createCaller({
  ...{ kind: "PERSON", id: "boss", name: "Boss", roles: [...ROLES], companies: "*", sites: null },
  ...{ partner: null, scope: [], client: "person:test:boss" },
} as const);

/** Internal tokens that a subgraph must not accept. */
async function wrongTokens(name: SubgraphName, client: TestClient): Promise<Record<string, string | null>> {
  const own = JSON.parse(String(system.settings["INTERNAL_KEY"]));
  const other = subgraphNames.find((one) => one !== name)!;
  const sign = await createInternalSigner(own);
  const strange = await createInternalSigner({ ...(await createInternalKeys()).privateKey, kid: own.kid });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const { id: sub, ...claims } = boss;
  const body = {
    ...claims,
    sub,
    iss: "backhaul-gateway",
    aud: `subgraph:${name}`,
    exp: Math.floor(Date.now() / 1_000) + 60,
  };
  return {
    none: null,
    "the client's own": client.token,
    "another subgraph's": await sign(boss, other),
    "of another key": await strange(boss, name),
    unsigned: `${part({ alg: "none" })}.${part(body)}.`,
    "signed with the public key": await new SignJWT(body)
      .setProtectedHeader({ alg: "HS256", kid: own.kid })
      .sign(Buffer.from(own.x, "base64url")),
  };
}

test("subgraphs answer the gateway alone: without its token, or with one for another subgraph, it is 401 (G-19)", async () => {
  const otto = await system.as("otto");
  for (const [name, url] of Object.entries(system.subgraphs.urls) as [SubgraphName, string][])
    for (const [what, token] of Object.entries(await wrongTokens(name, otto))) {
      const headers = {
        "content-type": "application/json",
        authorization: `Bearer ${otto.token}`,
        ...(token ? { [INTERNAL_HEADER]: token } : {}),
      };
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query: "{ __typename }" }) });
      const { data, errors } = (await response.json()) as any;
      assert.deepEqual(
        [response.status, data, errors[0].extensions.code],
        [401, null, "INTERNAL_TOKEN_INVALID"],
        `${name}: ${what}`,
      );
      const socket = await openRawSocket(url);
      socket.send({ type: "connection_init", payload: token ? { [INTERNAL_HEADER]: token } : {} });
      assert.equal((await socket.next()).type, "connection_error", `${name}: ${what}`);
      await socket.closed();
    }
});
