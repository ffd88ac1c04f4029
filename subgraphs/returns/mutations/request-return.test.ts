import assert from "node:assert/strict";
import { before, test } from "node:test";
import { isRmaNumber } from "#shared/rma-number.ts";
import { createCaller } from "#shared/caller.ts";
import { acme, boltco, northwind, supplyco } from "../../../test/demo-partners.ts";
import { answering, erpCustomer, erpItem, erpOrder } from "../../../test/erp-records.ts";
import { down, person, startTestSubgraphs, testSystems } from "../../../test/start-subgraphs.ts";

const state = { down: false };
const recent = new Date(Date.now() - 5 * 86_400_000).toISOString().slice(0, 10);
/** Delivered five days ago; SO-OLD long ago. SO-BOLT… are of C-2020, SO-MARKET… of the marketplace. */
const order = (number: string) => {
  const sold = erpOrder(number);
  const shipments = sold.shipments.map((shipment) => ({
    ...shipment,
    deliveredOn: number.endsWith("OLD") ? "2020-01-01" : recent,
  }));
  const [, of = ""] = /^SO-(BOLT|MARKET)/.exec(number) ?? [];
  const whose = { BOLT: { customerNumber: "C-2020" }, MARKET: { channel: "MARKETPLACE" } }[of];
  return { ...sold, ...whose, shipments };
};
const unlessDown =
  <Value>(make: (key: string) => Value | null) =>
  (keys: readonly string[]) =>
    state.down ? down("erp-us01")() : answering(make)(keys);
const { systems, calls } = testSystems([
  {
    companyId: "US01",
    findOrders: unlessDown((number) => (number === "SO-GONE" ? null : order(number))),
    findCustomers: unlessDown((number) => erpCustomer(number)),
    findItems: unlessDown((sku) => erpItem(sku)),
    findCreditsOf: unlessDown(() => []),
  },
]);
let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
before(async () => {
  subgraphs = await startTestSubgraphs(["returns", "orders"], systems);
});

const ada = person("ada", "service", { companies: ["US01"] });
const mutation = `mutation ($input: RequestReturnInput!) { requestReturn(input: $input) { operation { id kind status correlationId }
  return { id rmaNumber status requestedBy { id } lines { id authorizationStatus quantities { requested { value unit } } } nextStep { code } } userErrors { code message field } } }`;
let keys = 0;
const line = (changes: object = {}, number = "SO-100001") => ({
  orderLineId: `erp.order:US01:${number}/10000`,
  quantity: { value: "1", unit: "EA" },
  reasonCode: "WRONG_SHIPMENT",
  ...changes,
});
const input = (lines: object[], changes: object = {}) => ({
  input: { idempotencyKey: `key-${(keys += 1)}`, lines, ...changes },
});
const request = async (variables: object, caller = ada) => {
  const { data, errors } = await subgraphs.ask("returns", caller, mutation, variables);
  assert.deepEqual(errors, []);
  return data.requestReturn;
};
const refusals = async (variables: object, caller = ada) => {
  const before = await count();
  const { userErrors, return: none } = await request(variables, caller);
  assert.deepEqual([none, await count()], [null, before], "nothing is written");
  return userErrors.map(({ code, field }: any) => `${code} ${field.join(".")}`);
};
const count = async () => {
  const rows = await Promise.all(
    ["facts", "operations", "returns", "idempotency_keys", "allocations"].map((table) =>
      subgraphs.db
        .selectFrom(table as "facts")
        .select(({ fn }) => fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow(),
    ),
  );
  return rows.map(({ n }) => Number(n));
};

test("a request has its number, its operation and its evaluation at once, and the workers are told (D-28)", async () => {
  const { operation, return: it, userErrors } = await request(input([line({}, "SO-1")]));
  assert.deepEqual(userErrors, []);
  assert.ok(isRmaNumber(it.rmaNumber));
  assert.deepEqual([operation.kind, operation.status, it.requestedBy.id], ["authorize-return", "ACCEPTED", "ada"]);
  assert.deepEqual(it.lines[0].quantities.requested, { value: "1", unit: "EA" });
  assert.ok(subgraphs.rung.includes("goods"));
  const facts = await subgraphs.db
    .selectFrom("facts")
    .select("kind")
    .where("return_id", "=", it.id)
    .orderBy("version")
    .execute();
  assert.deepEqual(
    facts.map(({ kind }) => kind),
    ["return.requested", "policy.evaluated"],
  );
});

test("100 identical requests at once are one return, and asked of the ERP once (W-21)", async () => {
  const variables = input([line({}, "SO-2")]);
  calls.length = 0;
  const answers = await Promise.all(Array.from({ length: 100 }, () => request(variables)));
  assert.equal(new Set(answers.map((answer) => answer.return.id)).size, 1);
  assert.equal(new Set(answers.map((answer) => answer.operation.id)).size, 1);
  assert.equal(calls.filter((call) => call.startsWith("erp-us01 findOrders")).length, 1);
  assert.equal((await request(variables)).return.id, answers[0].return.id);
});

test("the same key with other input is IDEMPOTENCY_KEY_REUSED, from another client a request of its own (W-21)", async () => {
  const variables = input([line({}, "SO-3")]);
  const first = await request(variables);
  const other = { input: { ...variables.input, note: "changed" } };
  assert.deepEqual(await refusals(other), ["IDEMPOTENCY_KEY_REUSED idempotencyKey"]);
  assert.notEqual((await request(variables, person("bob", "service"))).return.id, first.return.id);
});

test("of two returns that race for the last unit one wins, the other is QUANTITY_EXCEEDED (W-13, D-14)", async () => {
  const all = () => input([line({ quantity: { value: "4", unit: "EA" } }, "SO-4")]);
  const answers = await Promise.all([request(all()), request(all()), request(all())]);
  const won = answers.filter((answer) => answer.return !== null);
  assert.equal(won.length, 1);
  for (const { userErrors } of answers.filter((answer) => answer.return === null)) {
    assert.deepEqual(
      [userErrors[0].code, userErrors[0].field],
      ["QUANTITY_EXCEEDED", ["lines", "0", "quantity", "value"]],
    );
  }
});

test("bad input is refused with its field, and nothing is written", async () => {
  assert.deepEqual(await refusals(input([])), ["INVALID_INPUT lines"]);
  for (const value of ["0", "-1", "1.5", "abc", ""])
    assert.deepEqual(await refusals(input([line({ quantity: { value, unit: "EA" } })])), [
      "INVALID_INPUT lines.0.quantity.value",
    ]);
  assert.deepEqual(await refusals(input([line({ quantity: { value: "1", unit: "CASK" } })])), [
    "UNKNOWN_CODE lines.0.quantity.unit",
  ]);
  assert.deepEqual(await refusals(input([line({ quantity: { value: "1", unit: "KG" } })])), [
    "INVALID_INPUT lines.0.quantity.unit",
  ]);
  assert.deepEqual(await refusals(input([line({ reasonCode: "BORED" })])), ["UNKNOWN_CODE lines.0.reasonCode"]);
  assert.deepEqual(await refusals(input([line({ conditionCode: "MELTED" })])), ["UNKNOWN_CODE lines.0.conditionCode"]);
  assert.deepEqual(await refusals(input([line(), line({}, "SO-100002")])), ["INVALID_INPUT lines.1.orderLineId"]);
  assert.deepEqual(await refusals(input([line()], { orderNumber: "SO-100009" })), ["INVALID_INPUT orderNumber"]);
  assert.deepEqual(await refusals(input([line({ orderLineId: "nonsense" })])), ["NOT_FOUND lines.0.orderLineId"]);
  assert.deepEqual(await refusals(input([line({ orderLineId: "erp.order:US01:SO-100001/99" })])), [
    "NOT_FOUND lines.0.orderLineId",
  ]);
  assert.deepEqual(await refusals(input([line({}, "SO-GONE")])), ["NOT_FOUND lines.0.orderLineId"]);
  assert.deepEqual(await refusals(input([line({ orderLineId: "erp.order:CA02:SO-100001/10000" })])), [
    "NOT_FOUND lines.0.orderLineId",
  ]);
  assert.deepEqual(await refusals(input([line({ quantity: { value: "5", unit: "EA" } })])), [
    "QUANTITY_EXCEEDED lines.0.quantity.value",
  ]);
  assert.deepEqual(
    await refusals(
      input([line({ quantity: { value: "3", unit: "EA" } }), line({ quantity: { value: "2", unit: "EA" } })]),
    ),
    ["QUANTITY_EXCEEDED lines.1.quantity.value"],
  );
  assert.deepEqual(await refusals(input([line()], { idempotencyKey: "" })), ["INVALID_INPUT idempotencyKey"]);
});

test("only service and supervisor may ask; a resolution that is not built says so (G-23)", async () => {
  assert.deepEqual(await refusals(input([line()]), person("wilma", "warehouse")), ["NOT_ALLOWED "]);
  const { data, errors } = await subgraphs.ask("returns", ada, mutation, input([line({ resolution: "EXCHANGE" })]));
  assert.deepEqual([data, errors[0]?.extensions["code"]], [{ requestReturn: null }, "NOT_AVAILABLE"]);
});

test("outside the window is POLICY_REFUSED with the rule, unless an exception is asked for with a note", async () => {
  const refused = await request(input([line({}, "SO-OLD")]));
  assert.deepEqual(
    [refused.return, refused.userErrors[0].code, refused.userErrors[0].field],
    [null, "POLICY_REFUSED", ["lines", "0"]],
  );
  assert.match(refused.userErrors[0].message, /EL-09/);
  assert.deepEqual(await refusals(input([line({ requestException: true }, "SO-OLD")])), ["INVALID_INPUT note"]);
  const { return: it } = await request(
    input([line({ requestException: true }, "SO-OLD")], { note: "A good customer." }),
  );
  assert.deepEqual([it.status, it.lines[0].authorizationStatus], ["PENDING_APPROVAL", "PENDING_APPROVAL"]);
});

test("with the ERP down a request is taken as REQUESTED, awaiting the ERP, and never authorized by itself (D-30)", async () => {
  state.down = true;
  const { return: it, userErrors } = await request(input([line({}, "SO-5")]));
  state.down = false;
  assert.deepEqual([userErrors, it.status, it.nextStep.code], [[], "REQUESTED", "AWAIT_ERP"]);
  const facts = await subgraphs.db
    .selectFrom("facts")
    .select("kind")
    .where("return_id", "=", it.id)
    .orderBy("version")
    .execute();
  assert.deepEqual(
    facts.map(({ kind }) => kind),
    ["return.requested", "return.awaiting-erp"],
  );
});

test("what is returnable says eligibility beforehand, with the open returns taken off (D-14)", async () => {
  await request(input([line({ quantity: { value: "3", unit: "EA" } }, "SO-6")]));
  const query =
    '{ order(id: "erp.order:US01:SO-6") { returnEligibility { eligible policyVersion freshness { system stale } lines { orderLineId returnable { value unit } eligible decision reasons { ruleId } estimatedCredit { amount currency } } } } }';
  const { data, errors } = await subgraphs.ask("orders", ada, query);
  assert.deepEqual(errors, []);
  const { lines, ...whole } = data.order.returnEligibility;
  assert.deepEqual([whole.eligible, whole.freshness], [true, { system: "erp-us01", stale: false }]);
  assert.deepEqual(
    [lines[0].returnable, lines[0].decision, lines[0].estimatedCredit],
    [{ value: "1", unit: "EA" }, "AUTO", { amount: "319.17", currency: "USD" }],
  );
  state.down = true;
  const stale = await subgraphs.ask("orders", ada, query);
  state.down = false;
  assert.equal(stale.data.order.returnEligibility.freshness.stale, true);
  assert.deepEqual(stale.data.order.returnEligibility.lines, lines);
});

test("a customer asks for what it bought, a marketplace for its channel's orders, each as PARTNER under its own keys (D-40, W-21, vocabulary section 9)", async () => {
  for (const [caller, number, channel] of [
    [boltco, "SO-BOLT1", "portal"],
    [northwind, "SO-MARKET1", "marketplace"],
  ] as const) {
    const wanted = input([line({}, number)]);
    const { return: it, operation, userErrors } = await request(wanted, caller);
    assert.deepEqual([userErrors, operation.status], [[], "ACCEPTED"]);
    const fact = await subgraphs.db
      .selectFrom("facts")
      .select(["actor", "data"])
      .where("return_id", "=", it.id)
      .where("version", "=", 1)
      .executeTakeFirstOrThrow();
    assert.deepEqual([fact.actor.kind, fact.actor.id], ["PARTNER", caller.id]);
    assert.equal((fact.data as { channel: string }).channel, channel);
    assert.equal((await request(wanted, caller)).return.id, it.id, "the same key is the same return");
  }
});

test("another's order, one of another company and none are one answer, after the same calls; cases are none of a partner's (G-13)", async () => {
  const look = async (number: string, company = "US01") => {
    calls.length = 0;
    const lines = [{ ...line(), orderLineId: `erp.order:${company}:${number}/10000` }];
    return { refused: await refusals(input(lines), boltco), calls: [...calls] };
  };
  const none = await look("SO-GONE");
  assert.deepEqual(none.refused, ["NOT_FOUND lines.0.orderLineId"]);
  for (const number of ["SO-100001", "SO-MARKET1"]) assert.deepEqual(await look(number), none);
  assert.deepEqual((await look("SO-BOLT1", "CA02")).refused, none.refused);
  const withCase = input([line({}, "SO-BOLT1")], { caseId: "crm.case:US01:00001025" });
  assert.deepEqual(await refusals(withCase, boltco), ["NOT_FOUND caseId"]);
  for (const caller of [acme, supplyco, createCaller({ ...boltco, scope: ["returns:read"] })])
    assert.deepEqual(await refusals(input([line({}, "SO-BOLT1")]), caller), ["NOT_ALLOWED "]);
});

test("a marketplace can't be asked back: what policy refuses is recorded, to be declined (vocabulary section 5)", async () => {
  const { return: it, userErrors } = await request(input([line({}, "SO-MARKET-OLD")]), northwind);
  assert.deepEqual([userErrors, it.status], [[], "REQUESTED"]);
  const late = await refusals(input([line({}, "SO-BOLT-OLD")]), boltco);
  assert.deepEqual(late, ["POLICY_REFUSED lines.0"]);
});

test("while the ERP is away a partner may ask for what is known to be its own; of everything else nobody can tell (D-30, G-13)", async () => {
  await subgraphs.ask("orders", boltco, `{ order(id: "erp.order:US01:SO-BOLT7") { id } }`);
  await subgraphs.ask("orders", ada, `{ order(id: "erp.order:US01:SO-MARKET7") { id } }`);
  state.down = true;
  try {
    const { return: it } = await request(input([line({}, "SO-BOLT7")]), boltco);
    assert.deepEqual([it.status, it.nextStep.code], ["REQUESTED", "AWAIT_ERP"]);
    for (const number of ["SO-MARKET7", "SO-BOLT8", "SO-GONE"]) {
      const { data, errors } = await subgraphs.ask("returns", boltco, mutation, input([line({}, number)]));
      const codes = errors.map(({ extensions }) => [extensions["code"], extensions["retryable"]]);
      assert.deepEqual([data.requestReturn, codes], [null, [["SYSTEM_UNAVAILABLE", true]]], number);
    }
  } finally {
    state.down = false;
  }
});
