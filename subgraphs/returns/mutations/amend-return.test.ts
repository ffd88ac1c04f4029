import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loadReturn } from "#orchestration/facts.ts";
import { bucketsOf } from "#orchestration/quantities.ts";
import {
  amount,
  authorizedReturn,
  createFactLog,
  type FactLog,
  inspect,
  receive,
  request,
  type SampleLine,
  evaluate,
} from "#orchestration/sample-facts.ts";
import { answering, erpCustomer, erpItem, erpOrder } from "../../../test/erp-records.ts";
import { down, person, startTestSubgraphs, testSystems, writeReturn } from "../../../test/start-subgraphs.ts";

const state = { down: false };
const recent = new Date(Date.now() - 5 * 86_400_000).toISOString().slice(0, 10);
/** 4 EA of one item on line 10000, 4 EA of another on line 20000. */
const both = <Line extends { sku: string }>(lines: readonly Line[], named: "sequence" | "orderLine"): Line[] => [
  ...lines,
  ...lines.map((line) => ({ ...line, sku: "FLT-1220", sequence: 20000, [named]: 20000 })),
];
const order = (number: string) => {
  const { lines, shipments, invoices, ...sold } = erpOrder(number);
  const deliveredOn = number.startsWith("SO-OLD") ? "2020-01-01" : recent;
  return {
    ...sold,
    lines: both(lines, "sequence"),
    shipments: shipments.map((one) => ({ ...one, deliveredOn, lines: both(one.lines, "orderLine") })),
    invoices: invoices.map((one) => ({ ...one, lines: both(one.lines, "orderLine") })),
  };
};
const unlessDown =
  <Value>(make: (key: string) => Value | null) =>
  (keys: readonly string[]) =>
    state.down ? down("erp-us01")() : answering(make)(keys);
const { systems, calls } = testSystems([
  {
    companyId: "US01",
    findOrders: unlessDown(order),
    findCustomers: unlessDown((number) => erpCustomer(number)),
    findItems: unlessDown((sku) => erpItem(sku)),
    findCreditsOf: unlessDown(() => []),
  },
]);
let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
before(async () => {
  subgraphs = await startTestSubgraphs(["returns"], systems);
});

const ada = person("ada", "service", { companies: ["US01"] });
const mutation = `mutation ($input: AmendReturnInput!) { amendReturn(input: $input) { operation { kind status }
  return { id version lines { id quantities { requested { value } authorized { value } } } } userErrors { code field } } }`;
let keys = 0;
let orders = 0;

/** A return of 4 EA of an order of its own, 4 of which were shipped. */
async function written(log: FactLog, name = "SO"): Promise<string> {
  const number = `${name}-${(orders += 1)}`;
  const facts = JSON.parse(
    JSON.stringify(log.facts).replaceAll("SO-100001", number).replaceAll("PSI-100001", `PSI-${number}`),
  );
  return writeReturn(subgraphs.db, { ...log, facts });
}
const lineId = () => `rln_${(keys += 1)}`;
const granted = (quantity = "3", changes: Partial<SampleLine> = {}) => {
  const id = lineId();
  return { id, log: authorizedReturn({ id, quantity, ...changes }) };
};

async function ask(id: string, changes: object, caller = ada) {
  const known = await loadReturn(subgraphs.db, id);
  const input = { idempotencyKey: `amend-${(keys += 1)}`, id, expectedVersion: known?.version ?? 1, ...changes };
  return subgraphs.ask("returns", caller, mutation, { input });
}
const amend = async (...args: Parameters<typeof ask>) => (await ask(...args)).data.amendReturn;
const one = (id: string, value: string, more: object = {}) => ({
  lines: [{ id, quantity: { value, unit: "EA" }, ...more }],
});

async function refusals(id: string, changes: object, caller = ada): Promise<string[]> {
  const before = await count();
  const payload = await amend(id, changes, caller);
  assert.deepEqual([payload.return, await count()], [null, before], "nothing is written");
  return payload.userErrors.map(({ code, field }: any) => `${code} ${field.join(".")}`);
}
const count = () =>
  Promise.all(
    ["facts", "operations", "idempotency_keys", "allocations", "return_addresses"].map(async (table) => {
      const all = subgraphs.db.selectFrom(table as "facts").select(({ fn }) => fn.countAll<number>().as("n"));
      return Number((await all.executeTakeFirstOrThrow()).n);
    }),
  );
const stateOf = async (id: string) => (await loadReturn(subgraphs.db, id))!;
const shown = async (id: string) => {
  const now = await stateOf(id);
  const { requested, authorized } = bucketsOf(now, now.lines[0]!);
  return [Number(requested), Number(authorized), Number(now.lines[0]!.pendingIncrease)];
};
const kindsAfter = async (id: string, version: number) =>
  (
    await subgraphs.db
      .selectFrom("facts")
      .select("kind")
      .where("return_id", "=", id)
      .where("version", ">", version)
      .orderBy("version")
      .execute()
  ).map(({ kind }) => kind);

test("less is given up at once and without the ERP; the same key is the same operation (D-10, W-21)", async () => {
  const { id: line, log } = granted();
  const id = await written(log);
  calls.length = 0;
  const input = { idempotencyKey: "amend-once", expectedVersion: log.state.version, ...one(line, "2") };
  const first = await amend(id, input);
  assert.deepEqual([first.userErrors, first.operation], [[], { kind: "amend-return", status: "ACCEPTED" }]);
  assert.deepEqual([await shown(id), calls], [[2, 2, 0], []]);
  assert.deepEqual(await amend(id, input), first);
  assert.equal((await stateOf(id)).version, log.state.version + 1);
  assert.ok(subgraphs.rung.includes("goods"));
});

test("more is evaluated with the amendment, reserved, and waits for the flow; what was asked about it is void (D-14, W-08)", async () => {
  const { id: line, log } = granted();
  const id = await written(log);
  await amend(id, one(line, "4"));
  assert.deepEqual(await shown(id), [4, 3, 1]);
  assert.deepEqual(await kindsAfter(id, log.state.version), ["return.amended", "policy.evaluated"]);
  const { orderLineId } = (await stateOf(id)).lines[0]!;
  const taken = await subgraphs.db
    .selectFrom("allocations")
    .select("reserved")
    .where("key", "=", orderLineId)
    .execute();
  assert.deepEqual(
    taken.map(({ reserved }) => Number(reserved)),
    [4],
  );
  assert.deepEqual(await refusals(id, one(line, "5")), ["QUANTITY_EXCEEDED lines.0.quantity.value"]);

  const undecided = createFactLog();
  const asked = { id: lineId(), quantity: "3", approvalKinds: ["POLICY_EXCEPTION"] };
  request(undecided, [asked]);
  evaluate(undecided, [asked]);
  undecided.add("approval.requested", {
    ...{
      approvalId: "apr_1",
      kind: "POLICY_EXCEPTION",
      tier: 1,
      requiredRole: "supervisor",
      amount: null,
      threshold: null,
    },
    ...{ subject: { lineIds: [asked.id] }, decisionHash: "h", reasons: [], expiresAt: "2030-01-01T00:00:00.000Z" },
  });
  const pending = await written(undecided);
  await amend(pending, one(asked.id, "2"));
  assert.deepEqual(await kindsAfter(pending, undecided.state.version), [
    "return.amended",
    "approval.voided",
    "policy.evaluated",
  ]);
  const flows = await subgraphs.db
    .selectFrom("operations")
    .select("flow")
    .where("return_id", "=", pending)
    .orderBy("id")
    .execute();
  assert.deepEqual(
    flows.map(({ flow }) => flow),
    ["amend-return", "authorize-return"],
  );
});

test("an old version is a CONFLICT, and so is one that never was", async () => {
  const { id: line, log } = granted();
  const id = await written(log);
  const { version } = log.state;
  for (const expectedVersion of [version - 1, version + 1])
    assert.deepEqual(await refusals(id, { expectedVersion, ...one(line, "2") }), ["CONFLICT expectedVersion"]);
});

test("what the goods are settled with is changed until somebody has seen them, where policy replaces them (PA-06)", async () => {
  const { id: line, log } = granted();
  const id = await written(log);
  assert.deepEqual((await amend(id, { resolution: "REPLACE" })).userErrors, []);
  assert.deepEqual(
    (await stateOf(id)).lines.map(({ resolution }) => resolution),
    ["REPLACE"],
  );
  assert.deepEqual(await refusals(id, { lines: [{ id: line, reasonCode: "ORDERED_IN_ERROR" }] }), [
    "POLICY_REFUSED lines.0.reasonCode",
  ]);
  const customers = granted("3", { reasonCode: "ORDERED_IN_ERROR" });
  assert.deepEqual(await refusals(await written(customers.log), { resolution: "REPLACE" }), [
    "POLICY_REFUSED resolution",
  ]);
  const seen = granted();
  const receiptLine = lineId();
  receive(seen.log, receiptLine, seen.id, amount("1"));
  inspect(seen.log, lineId(), receiptLine, amount("1"));
  assert.deepEqual(await refusals(await written(seen.log), { resolution: "REPLACE" }), ["CONFLICT resolution"]);
});

test("two amendments of one version: the first counts, the other is a CONFLICT (W-11)", async () => {
  const { id: line, log } = granted();
  const id = await written(log);
  const expectedVersion = log.state.version;
  const answers = await Promise.all(["2", "1"].map((value) => amend(id, { expectedVersion, ...one(line, value) })));
  const codes = answers.map(({ userErrors }) => userErrors.map(({ code }: any) => code).join());
  assert.deepEqual(codes.toSorted(), ["", "CONFLICT"]);
});

test("what was received can't be taken away, nor can its reason be another; the rest can be given up (D-10)", async () => {
  const { id: line, log } = granted("4");
  receive(log, lineId(), line, amount("3"));
  const id = await written(log);
  assert.deepEqual(await refusals(id, one(line, "2")), ["QUANTITY_EXCEEDED lines.0.quantity.value"]);
  assert.deepEqual(await refusals(id, { lines: [{ id: line, reasonCode: "LATE_DELIVERY" }] }), [
    "CONFLICT lines.0.reasonCode",
  ]);
  assert.deepEqual((await amend(id, one(line, "3"))).userErrors, []);
  assert.deepEqual(await shown(id), [3, 3, 0]);
});

test("more than the authorization came: letting it in is no amendment (D-24)", async () => {
  const { id: line, log } = granted("2");
  receive(log, lineId(), line, amount("3"));
  assert.deepEqual(await refusals(await written(log), one(line, "3")), ["CONFLICT lines.0.quantity.value"]);
});

test("each mistake has its code and field, and nothing is written", async () => {
  const { id: line, log } = granted();
  const id = await written(log);
  assert.deepEqual(await refusals(id, { lines: [{ id: "rln_none", reasonCode: "LATE_DELIVERY" }] }), [
    "NOT_FOUND lines.0.id",
  ]);
  assert.deepEqual(await refusals(id, { lines: [{ id: line, quantity: { value: "1", unit: "CS" } }] }), [
    "INVALID_INPUT lines.0.quantity.unit",
  ]);
  assert.deepEqual(await refusals(id, { lines: [{ id: line, quantity: { value: "-1", unit: "EA" } }] }), [
    "INVALID_INPUT lines.0.quantity.value",
  ]);
  assert.deepEqual(await refusals(id, { lines: [{ id: line, quantity: { value: "1.5", unit: "EA" } }] }), [
    "INVALID_INPUT lines.0.quantity.value",
  ]);
  assert.deepEqual(await refusals(id, { lines: [{ id: line, reasonCode: "BORED" }] }), [
    "UNKNOWN_CODE lines.0.reasonCode",
  ]);
  assert.deepEqual(await refusals(id, { lines: [{ id: line }, { id: line }] }), ["INVALID_INPUT lines.1.id"]);
  assert.deepEqual(await refusals(id, one(line, "3")), ["INVALID_INPUT lines"]);
  assert.deepEqual(await refusals(id, {}), ["INVALID_INPUT lines"]);
  assert.deepEqual(await refusals(id, one(line, "0")), ["INVALID_INPUT lines"]);
  assert.deepEqual(await refusals("ret_none", one(line, "2")), ["NOT_FOUND id"]);
  assert.deepEqual(await refusals(id, one(line, "2"), person("eve", "service", { companies: ["CA02"] })), [
    "NOT_FOUND id",
  ]);
  assert.deepEqual(await refusals(id, one(line, "2"), person("otto", "operations")), ["NOT_ALLOWED "]);
  const cancelling = granted();
  cancelling.log.add("return.cancel-requested", { reason: "Kept." });
  assert.deepEqual(await refusals(await written(cancelling.log), one(cancelling.id, "2")), ["CONFLICT id"]);
  const { errors } = await ask(id, { resolution: "EXCHANGE" });
  assert.deepEqual(
    errors.map(({ extensions }) => extensions["code"]),
    ["NOT_AVAILABLE"],
  );
});

test("of two lines one may be dropped, whether it was granted or not; what is over is changed no more", async () => {
  const [kept, dropped] = [lineId(), lineId()];
  const log = authorizedReturn({ id: kept, quantity: "2" }, { id: dropped, quantity: "1" });
  const id = await written(log);
  assert.deepEqual((await amend(id, one(dropped, "0"))).userErrors, []);
  const [, line] = (await stateOf(id)).lines;
  assert.deepEqual([line!.requested, line!.cancelled], ["0", "1"]);
  assert.deepEqual(await refusals(id, one(dropped, "1")), ["CONFLICT lines.0.id"]);
  assert.deepEqual(await refusals(id, one(kept, "0")), ["INVALID_INPUT lines"]);
});

test("policy has its say in more, and in another reason: a rule refuses by its name, and what people would have to approve is asked anew (EL-09)", async () => {
  const { id: line, log } = granted();
  const id = await written(log, "SO-OLD");
  assert.deepEqual(await refusals(id, one(line, "4")), ["POLICY_REFUSED lines.0"]);
  assert.deepEqual(await refusals(id, { lines: [{ id: line, reasonCode: "ORDERED_IN_ERROR" }] }), [
    "POLICY_REFUSED lines.0",
  ]);
  assert.deepEqual((await amend(id, one(line, "2"))).userErrors, [], "less may come back for ever");
});

test("with the ERP down more is taken as far as it is known, and evaluated when it is back; another reason of a granted line has to wait (D-30)", async () => {
  const { id: line, log } = granted();
  const id = await written(log);
  state.down = true;
  try {
    assert.deepEqual(await refusals(id, one(line, "5")), ["QUANTITY_EXCEEDED lines.0.quantity.value"]);
    const { errors } = await ask(id, { lines: [{ id: line, reasonCode: "LATE_DELIVERY" }] });
    assert.deepEqual(
      errors.map(({ extensions }) => extensions["code"]),
      ["SYSTEM_UNAVAILABLE"],
    );
    assert.deepEqual((await amend(id, one(line, "4"))).userErrors, []);
  } finally {
    state.down = false;
  }
  assert.deepEqual([await shown(id), (await stateOf(id)).lines[0]!.toEvaluate], [[4, 3, 1], true]);
});

/** Another line of the return's order. */
async function another(id: string, value: string, more: object = {}, sequence = 20000) {
  const { orderId } = await stateOf(id);
  return {
    orderLineId: `${orderId}/${sequence}`,
    quantity: { value, unit: "EA" },
    reasonCode: "WRONG_SHIPMENT",
    ...more,
  };
}
const reserved = async (key: string) => {
  const rows = await subgraphs.db.selectFrom("allocations").select("reserved").where("key", "=", key).execute();
  return rows.map((row) => Number(row.reserved)).toSorted();
};
const flowsOf = async (id: string) => {
  const rows = await subgraphs.db
    .selectFrom("operations")
    .select("flow")
    .where("return_id", "=", id)
    .orderBy("id")
    .execute();
  return rows.map(({ flow }) => flow);
};

test("a line of the same order comes to a return that is under way: evaluated with the amendment, reserved, and amend-return's to decide (D-10, D-14, W-13)", async () => {
  const { log } = granted();
  const id = await written(log);
  const line = await another(id, "2", { conditionCode: "UNOPENED", lotNumbers: ["L-1"] });
  const { userErrors, operation, return: now } = await amend(id, { addLines: [line] });
  assert.deepEqual([userErrors, operation.kind, now.lines.length], [[], "amend-return", 2]);
  assert.deepEqual(await kindsAfter(id, log.state.version), ["return.amended", "policy.evaluated"]);
  const added = (await stateOf(id)).lines[1]!;
  assert.deepEqual(
    [
      added.requested,
      added.authorizedAt,
      added.evaluated?.decision,
      added.posted?.sku,
      added.resolution,
      added.lotNumbers,
    ],
    ["2", null, "AUTO", "FLT-1220", "CREDIT", ["L-1"]],
  );
  assert.deepEqual([await reserved(line.orderLineId), await flowsOf(id)], [[2], ["amend-return"]]);
  assert.deepEqual(await refusals(id, { addLines: [await another(id, "3")] }), [
    "QUANTITY_EXCEEDED addLines.0.quantity.value",
  ]);
  assert.deepEqual((await amend(id, one(added.id, "0"))).userErrors, [], "what is not granted yet is taken out again");
  assert.deepEqual(await reserved(line.orderLineId), [0]);

  const undecided = createFactLog();
  const asked = { id: lineId(), quantity: "1" };
  request(undecided, [asked]);
  evaluate(undecided, [asked]);
  const pending = await written(undecided);
  await amend(pending, { addLines: [await another(pending, "1")] });
  assert.deepEqual(await flowsOf(pending), ["amend-return", "authorize-return"], "the request is not decided yet");
});

test("lines that are added take one after the other what is left, beside what the return holds already (D-14)", async () => {
  const { log } = granted("2");
  const id = await written(log);
  const same = (value: string) => another(id, value, {}, 10000);
  assert.deepEqual(await refusals(id, { addLines: [await same("1"), await same("2")] }), [
    "QUANTITY_EXCEEDED addLines.1.quantity.value",
  ]);
  assert.deepEqual((await amend(id, { addLines: [await same("1"), await same("1")] })).userErrors, []);
  assert.deepEqual(await reserved((await same("1")).orderLineId), [1, 1, 2]);
});

test("an exception for an added line is judged by people, and what policy refuses is not added (W-08)", async () => {
  const { id: line, log } = granted();
  const id = await written(log, "SO-OLD");
  assert.deepEqual(await refusals(id, { addLines: [await another(id, "1")] }), ["POLICY_REFUSED addLines.0"]);
  const exception = await another(id, "1", { requestException: true });
  assert.deepEqual(await refusals(id, { addLines: [exception] }), ["INVALID_INPUT note"]);
  assert.deepEqual((await amend(id, { addLines: [exception], note: "Goodwill." })).userErrors, []);
  assert.deepEqual((await stateOf(id)).lines[1]!.evaluated!.approvalKinds, ["POLICY_EXCEPTION"]);
  assert.deepEqual(
    await refusals(id, one(line, "0")),
    ["INVALID_INPUT lines"],
    "nothing that is granted would be left",
  );
});

test("each mistake in an added line has its code and field, and nothing is written", async () => {
  const { id: line, log } = granted();
  const id = await written(log);
  const wrong = async (more: object, sequence?: number) =>
    refusals(id, { addLines: [await another(id, "1", more, sequence)] });
  assert.deepEqual(await wrong({ orderLineId: "erp.order:US01:SO-OTHER/10000" }), [
    "INVALID_INPUT addLines.0.orderLineId",
  ]);
  assert.deepEqual(await wrong({ orderLineId: "rln_1" }), ["NOT_FOUND addLines.0.orderLineId"]);
  assert.deepEqual(await wrong({}, 30000), ["NOT_FOUND addLines.0.orderLineId"]);
  assert.deepEqual(await wrong({ quantity: { value: "1", unit: "BX" } }), ["INVALID_INPUT addLines.0.quantity.unit"]);
  assert.deepEqual(await wrong({ quantity: { value: "0", unit: "EA" } }), ["INVALID_INPUT addLines.0.quantity.value"]);
  assert.deepEqual(await wrong({ reasonCode: "BORED" }), ["UNKNOWN_CODE addLines.0.reasonCode"]);
  assert.deepEqual(await wrong({ conditionCode: "WET" }), ["UNKNOWN_CODE addLines.0.conditionCode"]);
  assert.deepEqual(await wrong({ serialNumbers: ["S1", "S1"] }), ["INVALID_INPUT addLines.0.serialNumbers"]);
  assert.deepEqual(await wrong({ reasonCode: "ORDERED_IN_ERROR", resolution: "REPLACE" }), [
    "POLICY_REFUSED addLines.0.resolution",
  ]);
  const { errors } = await ask(id, { addLines: [await another(id, "1", { resolution: "EXCHANGE" })] });
  assert.deepEqual(
    errors.map(({ extensions }) => extensions["code"]),
    ["NOT_AVAILABLE"],
  );
  assert.deepEqual(
    await refusals(id, { ...one(line, "0"), addLines: [await another(id, "1")] }),
    ["INVALID_INPUT lines"],
    "what is told already is not given up for what is not granted yet",
  );
  assert.deepEqual((await amend(id, { addLines: [await another(id, "1", { serialNumbers: ["S1"] })] })).userErrors, []);
  assert.deepEqual(await wrong({ serialNumbers: ["S1"] }), ["CONFLICT addLines.0.serialNumbers.0"]);
});

test("with the ERP down a line is added, and evaluated when it is back (D-30)", async () => {
  const { log } = granted();
  const id = await written(log);
  const addLines = [await another(id, "1")];
  state.down = true;
  try {
    assert.deepEqual((await amend(id, { addLines })).userErrors, []);
  } finally {
    state.down = false;
  }
  assert.deepEqual(await kindsAfter(id, log.state.version), ["return.amended"]);
  assert.deepEqual((await stateOf(id)).lines[1]!.evaluated, null);
});

const address = {
  name: "Bolt, yard 2",
  line1: "7 Elm Court",
  city: "Joliet",
  region: "IL",
  postalCode: "60432",
  country: "US",
};

test("where the goods are sent from is kept apart from the facts, which name it by its id; the same again is no change (D-10)", async () => {
  const { log } = granted();
  const id = await written(log);
  assert.deepEqual((await amend(id, { address: { ...address, line2: " " } })).userErrors, []);
  const { addressId } = await stateOf(id);
  const kept = await subgraphs.db
    .selectFrom("return_addresses")
    .select(["id", "address"])
    .where("return_id", "=", id)
    .execute();
  assert.deepEqual(kept, [{ id: addressId, address: { ...address, line2: null } }]);
  assert.deepEqual(
    [await kindsAfter(id, log.state.version), await flowsOf(id)],
    [["return.amended"], ["amend-return"]],
  );
  assert.deepEqual(await refusals(id, { address }), ["INVALID_INPUT lines"]);
  const query = "query ($id: ID!) { return(id: $id) { senderAddress { line1 city postalCode country } } }";
  const { data } = await subgraphs.ask("returns", ada, query, { id });
  assert.deepEqual(data.return.senderAddress, {
    line1: "7 Elm Court",
    city: "Joliet",
    postalCode: "60432",
    country: "US",
  });
});

test("an address that is not whole, or comes too late to matter, has one coded answer, and nothing is written", async () => {
  const id = await written(granted().log);
  const wrong = (changes: object) => refusals(id, { address: { ...address, ...changes } });
  assert.deepEqual(await wrong({ country: "" }), ["INVALID_INPUT address.country"]);
  assert.deepEqual(await wrong({ country: "USA" }), ["INVALID_INPUT address.country"]);
  assert.deepEqual(await wrong({ postalCode: " " }), ["INVALID_INPUT address.postalCode"]);
  assert.deepEqual(await wrong({ line1: "" }), ["INVALID_INPUT address.line1"]);
  assert.deepEqual(await wrong({ region: "x".repeat(101) }), ["INVALID_INPUT address.region"]);

  const label = (line: string, kind: "PARCEL" | "NONE") => ({
    ...{ labelId: `lbl_${lineId()}`, kind, ruleId: "LA-99", policyVersion: "2026.1", weightKg: "1.2" },
    lines: [{ lineId: line, quantity: amount("3") }],
  });
  const { id: own, log: ownWay } = granted();
  ownWay.add("label.chosen", label(own, "NONE"));
  assert.deepEqual(await refusals(await written(ownWay), { address }), ["CONFLICT address"]);

  const { id: line, log: sent } = granted();
  const chosen = label(line, "PARCEL");
  sent.add("label.chosen", chosen);
  const cost = { amount: "9.00", currency: "USD" };
  sent.add("label.issued", {
    ...{ labelId: chosen.labelId, transactionKey: "BH1-R267Q3KX2M-L0006", system: "carrier-us", documentId: "shp_1" },
    ...{
      carrier: "UPS",
      service: "Ground",
      trackingNumber: `1Z-${line}`,
      url: "http://127.0.0.1/l",
      estimatedDelivery: null,
      cost,
    },
  });
  const parcel = {
    labelId: chosen.labelId,
    trackingNumber: `1Z-${line}`,
    description: null,
    place: null,
    estimatedDelivery: null,
  };
  sent.add("shipment.picked-up", { ...parcel, code: "IN_TRANSIT" });
  assert.deepEqual(await refusals(await written(sent), { address }), ["CONFLICT address"]);
});
