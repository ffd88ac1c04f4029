import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { ErpCredit } from "#adapters/erp/port.ts";
import { amount, authorizedReturn, credit, inspect, receive } from "#orchestration/sample-facts.ts";
import { answering } from "../../test/erp-records.ts";
import { down, person, startTestSubgraphs, testSystems, writeReturn } from "../../test/start-subgraphs.ts";

const state = { down: false };
const memo = (transactionKey: string): ErpCredit => ({
  companyId: "US01",
  memoNumber: "PSCM-1",
  transactionKey,
  status: "POSTED",
  invoiceNumber: "PSI-100001",
  postedOn: "2026-05-06",
  currency: "USD",
  net: "100.00",
  tax: "10.25",
  total: "110.25",
  lines: [],
});
const { systems, calls } = testSystems([
  { companyId: "US01", findCreditsByKey: (keys) => (state.down ? down("erp-us01")() : answering(memo)(keys)) },
]);
let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
const fin = person("fin", "finance", { companies: ["US01"] });
const ids: string[] = [];

before(async () => {
  subgraphs = await startTestSubgraphs(["credits"], systems);
  for (let n = 0; n < 50; n += 1) {
    const log = authorizedReturn({ id: `rln_${n}`, quantity: "4" });
    receive(log, `rcl_${n}`, `rln_${n}`, amount("4"));
    inspect(log, `ins_${n}`, `rcl_${n}`, amount("4"));
    credit(log, `crd_${n}`, `rcl_${n}`, `rln_${n}`, amount("4"), { post: n !== 49 });
    ids.push(await writeReturn(subgraphs.db, log));
  }
});

const fields =
  "id number status net { amount currency } tax { amount } total { amount } fees { kind } lines { returnLineId quantity { value } percent net { amount } } appliedTo { invoiceNumber } transactionKey erpReference freshness { system stale }";
const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Return { credits { ${fields} } } } }`;
const returns = (...some: string[]) => ({ r: some.map((id) => ({ __typename: "Return", id })) });

test("the credits of fifty returns are one look-up in the ERP", async () => {
  calls.length = 0;
  const { data, errors } = await subgraphs.ask("credits", fin, query, returns(...ids));
  assert.deepEqual([errors, calls], [[], ["erp-us01 findCreditsByKey 49"]]);
  const [first] = data._entities[0].credits;
  assert.deepEqual(
    [first.number, first.status, first.net, first.total],
    ["PSCM-crd_0", "POSTED", { amount: "100.00", currency: "USD" }, { amount: "110.25" }],
  );
  assert.deepEqual(first.lines, [
    { returnLineId: "rln_0", quantity: { value: "4" }, percent: "100", net: { amount: "100.00" } },
  ]);
  assert.equal(first.erpReference, "erp.creditMemo:US01:PSCM-crd_0");
  assert.deepEqual(
    [data._entities[49].credits[0].status, data._entities[49].credits[0].freshness],
    ["CALCULATED", null],
    "not posted: nothing to ask",
  );
});

test("with the ERP down the credits are whole, and marked stale (D-30)", async () => {
  await subgraphs.ask("credits", fin, query, returns(ids[0]!));
  state.down = true;
  const { data, errors } = await subgraphs.ask("credits", fin, query, returns(ids[0]!));
  state.down = false;
  assert.deepEqual([errors, data._entities[0].credits[0].freshness], [[], { system: "erp-us01", stale: true }]);
});

test("the warehouse sees credits without their money; another company's return has none", async () => {
  const wilma = person("wilma", "warehouse", { companies: ["US01"], sites: ["CHI1"] });
  const { data, errors } = await subgraphs.ask("credits", wilma, query, returns(ids[0]!));
  const [shown] = data._entities[0].credits;
  assert.deepEqual(
    [shown.status, shown.net, shown.total, shown.fees, shown.appliedTo, shown.lines[0].net],
    ["POSTED", null, null, null, null, null],
  );
  assert.deepEqual(new Set(errors.map(({ extensions }) => extensions["code"])), new Set(["FORBIDDEN"]));
  const eve = person("eve", "finance", { companies: ["CA02"] });
  assert.deepEqual((await subgraphs.ask("credits", eve, query, returns(ids[0]!))).data._entities, [{ credits: null }]);
  assert.deepEqual((await subgraphs.ask("credits", eve, '{ creditMemo(id: "crd_0") { id } }')).data, {
    creditMemo: null,
  });
  assert.equal(
    (await subgraphs.ask("credits", fin, '{ creditMemo(id: "crd_0") { status } }')).data.creditMemo.status,
    "POSTED",
  );
});

test("disputes and proofs are not built: NOT_AVAILABLE (G-23)", async () => {
  const { data, errors } = await subgraphs.ask(
    "credits",
    fin,
    `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Invoice { dispute { status } } } reconciliation(companyId: "US01", date: "2026-05-06") { id } }`,
    { r: [{ __typename: "Invoice", id: "erp.invoice:US01:1" }] },
  );
  assert.deepEqual(
    [data, errors.map(({ extensions }) => extensions["code"])],
    [{ _entities: [{ dispute: null }], reconciliation: null }, ["NOT_AVAILABLE", "NOT_AVAILABLE"]],
  );
});
