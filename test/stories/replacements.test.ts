import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { ErpOrder, ErpPort } from "#adapters/erp/port.ts";
import { createSilentLog } from "#shared/log.ts";
import { pollReplacements } from "#orchestration/inbox/reading-replacements.ts";
import { lineStatuses } from "#orchestration/line-statuses.ts";
import { nextStep } from "#orchestration/next-step.ts";
import { bucketsOf } from "#orchestration/quantities.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// Other goods in place of those that come back: out they go once those are accepted, free of charge, and no memo is made for them.

const ASKED = 4;
let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  system = await startEverything();
  acts = createActs(system);
  orders = ordersOfFour("US01");
});

/** Orders with four units of a line that are credited without an approval. */
function ordersOfFour(company: "US01" | "CA02"): PlainOrder[] {
  const { distributor } = system.sandbox;
  const large = distributor.orders.map((order) => ({
    ...order,
    lines: order.lines.filter(({ ordered, unitPrice }) => Number(ordered) >= ASKED && Number(unitPrice) < 100),
  }));
  return plainOrders({ ...distributor, orders: large, company, today: new Date().toISOString().slice(0, 10) });
}

const erp = () => system.sandbox.servers["business-central"];
/** A return of the next order, of a customer without a credit limit. */
function askFor(quantity: string, options: Parameters<Acts["requestReturn"]>[2] = {}) {
  const { number, line, unit } = orders.shift()!;
  unlimited(number);
  return acts.requestReturn(number, [{ line, quantity, unit }], options);
}
function unlimited(orderNumber: string): void {
  const { company, customerNumber } = system.sandbox.distributor.orders.find((one) => one.number === orderNumber)!;
  erp().controls.change({ company, set: "customers", number: customerNumber, fields: { creditLimit: 0 } });
}
const authorized = (returnId: string) =>
  system.returnWhen(returnId, "the return to be authorized", ({ lines }) => lines.every((line) => line.authorizedAt));
const accept = async (returnId: string) => {
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
};
const when = (returnId: string, what: string, isSo: (state: ReturnState) => boolean) =>
  system.returnWhen(returnId, what, isSo);
const settlement = (state: ReturnState) => state.lines.map((line) => lineStatuses(state, line).settlementStatus);
const creditedUnits = (state: ReturnState) => state.lines.map((line) => bucketsOf(state, line).credited.toFraction());
const openTask = (state: ReturnState, code: string) =>
  state.exceptions.find((task) => task.code === code && task.status !== "RESOLVED");

test("a replacement is ordered when its goods are accepted, free of charge and once; shipped, it settles the return without a memo (D-13, D-16, D-32, W-01, SA-10, OS-18)", async () => {
  const returnId = await askFor("2");
  await authorized(returnId);
  const { operation, return: it, userErrors } = await acts.replace(returnId, [{ quantity: "2" }]);
  assert.deepEqual(
    [userErrors, operation?.kind, it?.replacement],
    [[], "replace-goods", { orders: [], reason: "The customer needs them." }],
  );
  await system.quiet(returnId);
  assert.equal(
    (await system.stateOf(returnId)).replacements[0]!.order,
    null,
    "nothing goes out before the goods are back",
  );

  await accept(returnId);
  const ordered = await when(returnId, "the order", ({ replacements }) => replacements[0]!.status === "ORDERED");
  assert.deepEqual(
    [statusOf(ordered), nextStep(ordered).code, settlement(ordered)],
    ["PENDING_CREDIT", "SHIP_REPLACEMENT", ["APPROVED"]],
  );
  const { number, transactionKey } = ordered.replacements[0]!.order!;
  const [order] = erp().ledger.outgoing(transactionKey).orders;
  assert.deepEqual(
    [
      order?.header["totalAmountIncludingTax"],
      order?.lines.map((line) => [line["quantity"], line["shipQuantity"], line["unitPrice"]]),
    ],
    ["0.00", [["2", "2", "0"]]],
  );

  assert.equal(await acts.shipReplacement(returnId), number);
  const closed = await acts.close(returnId, 1);
  assert.deepEqual([statusOf(closed), settlement(closed), closed.credits], ["CLOSED", ["REPLACED"], []]);
  const { data } = await (await system.as("ada")).query("service-ui/unified-return", { id: returnId });
  assert.deepEqual(data.return.replacement, {
    orders: [{ id: `erp.order:US01:${number}`, number, status: "INVOICED" }],
    reason: "The customer needs them.",
  });
  // Mails are in a lane of their own: the return may be closed before the last has gone (W-11).
  for (const kind of ["replacement.ordered", "replacement.shipped"])
    await when(returnId, `the mail of ${kind}`, ({ notifications }) =>
      notifications.some(({ template, status }) => template === kind && status === "SENT"),
    );
  await judge(system, returnId);
});

test("of one line a part is replaced and the rest credited, over two receipts, and their sums are the line's (D-14, D-16, D-20)", async () => {
  const returnId = await askFor("4");
  await authorized(returnId);
  assert.deepEqual((await acts.replace(returnId, [{ quantity: "3" }])).userErrors, []);
  assert.deepEqual(
    (await acts.replace(returnId, [{ quantity: "2" }])).userErrors.map(({ code, field }) => [code, field]),
    [["QUANTITY_EXCEEDED", ["lines", "0", "quantity", "value"]]],
  );
  const { state, floor } = await acts.expected(returnId);
  const sku = state.lines[0]!.posted!.sku;
  const part = async () => {
    const { receipt } = await acts.receive(returnId, [{ sku, quantity: { value: "2", unit: "EA" } }]);
    floor.inspect({ receipt, line: 1, grade: "A" });
  };
  await part();
  await when(returnId, "the disposition", ({ dispositions }) => dispositions.length === 1);
  await system.quiet(returnId);
  const half = await system.stateOf(returnId);
  assert.deepEqual(
    [half.credits, half.replacements[0]!.status],
    [[], "REQUESTED"],
    "two of three: neither due nor credited",
  );
  await part();
  await acts.shipReplacement(returnId);
  await acts.credited(returnId, 1);
  const closed = await acts.close(returnId, 2);
  assert.deepEqual([creditedUnits(closed), settlement(closed)], [["1"], ["CREDITED"]]);
  await judge(system, returnId);
});

test("a return that asks for replacement from the start is replaced receipt by receipt (D-13, D-19)", async () => {
  const returnId = await askFor("3", { resolution: "REPLACE" });
  const { state, floor } = await acts.expected(returnId);
  const sku = state.lines[0]!.posted!.sku;
  for (const value of ["1", "2"]) {
    const { receipt } = await acts.receive(returnId, [{ sku, quantity: { value, unit: "EA" } }]);
    floor.inspect({ receipt, line: 1, grade: "A" });
    await acts.shipReplacement(returnId, value === "1" ? 0 : 1);
  }
  const closed = await acts.close(returnId, 2);
  assert.deepEqual(
    [closed.replacements.map(({ lines }) => lines[0]!.quantity.value), closed.credits, settlement(closed)],
    [["1", "2"], [], ["REPLACED"]],
  );
  await judge(system, returnId);
});

test("a credit hold keeps the replacement back as a task of finance, and no credit of the same return (D-06)", async () => {
  const returnId = await askFor("4");
  const { customerNumber } = await authorized(returnId);
  await acts.replace(returnId, [{ quantity: "1" }]);
  const block = (blocked: string) =>
    erp().controls.change({ company: "US01", set: "customers", number: customerNumber!, fields: { blocked } });
  block("Ship");
  await accept(returnId);
  const held = await when(returnId, "the hold", (state) => openTask(state, "CUSTOMER_BLOCKED") !== undefined);
  assert.equal(openTask(held, "CUSTOMER_BLOCKED")!.owner, "finance");
  assert.deepEqual(creditedUnits(await acts.credited(returnId, 1)), ["3"]);
  assert.equal((await system.stateOf(returnId)).replacements[0]!.order, null);
  await judge(system, returnId);
  block(" ");
  await acts.resolve("fin", openTask(held, "CUSTOMER_BLOCKED")!.exceptionId, { note: "They have paid." });
  await acts.shipReplacement(returnId);
  await acts.close(returnId, 1);
  await judge(system, returnId);
});

test("goods of 1,000.00 and more go out when a supervisor says so; declined, they are credited (D-22, W-08)", async () => {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "4" }]);
  await authorized(returnId);
  await acts.replace(returnId, [{ quantity: "4" }]);
  await accept(returnId);
  await when(returnId, "the disposition", ({ dispositions }) => dispositions.length === 1);
  await system.quiet(returnId);
  const waiting = await system.stateOf(returnId);
  assert.deepEqual(
    [
      waiting.approvals.map(({ kind, requiredRole, status }) => [kind, requiredRole, status]),
      settlement(waiting),
      waiting.credits,
    ],
    [[["REPLACEMENT", "supervisor", "PENDING"]], ["PENDING_APPROVAL"], []],
  );
  assert.equal((await acts.decide(returnId, "fin")).userErrors[0]?.code, "NOT_ALLOWED");
  assert.deepEqual((await acts.decide(returnId, "sam", "DECLINE", "They get their money.")).userErrors, []);
  await acts.decide(returnId, "fin");
  assert.deepEqual(creditedUnits(await acts.credited(returnId, 1)), ["4"]);
  const closed = await acts.close(returnId, 1);
  assert.deepEqual([closed.replacements[0]!.status, settlement(closed)], ["CANCELLED", ["CREDITED"]]);
  await judge(system, returnId);
});

test("who cancels before it ships gets none, and his money for what came (W-07)", async () => {
  const returnId = await askFor("4");
  const { state } = await acts.expected(returnId);
  await acts.replace(returnId, [{ quantity: "1" }]);
  const { receipt, floor } = await acts.receive(returnId, [
    { sku: state.lines[0]!.posted!.sku, quantity: { value: "2", unit: "EA" } },
  ]);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const { replacements } = await when(returnId, "the order", (seen) => seen.replacements[0]!.status === "ORDERED");
  await acts.credited(returnId, 1);
  assert.deepEqual((await acts.cancel(returnId)).userErrors, []);
  const refused = await when(
    returnId,
    "the warehouse's refusal, or the end",
    (seen) => openTask(seen, "UNDO_REFUSED") !== undefined || seen.cancelRequested === null,
  );
  const task = openTask(refused, "UNDO_REFUSED");
  if (task) await acts.resolve("otto", task.exceptionId, { note: "Goods were on their way." });
  await when(returnId, "the end of the cancel", (seen) => seen.cancelRequested === null);
  assert.deepEqual(erp().ledger.outgoing(replacements[0]!.order!.transactionKey), { orders: [], shipments: [] });
  assert.deepEqual(creditedUnits(await acts.credited(returnId, 2)), ["2"]);
  const closed = await acts.close(returnId, 1);
  assert.deepEqual([closed.replacements[0]!.status, settlement(closed)], ["CANCELLED", ["CREDITED"]]);
  await judge(system, returnId);
});

test("an order that is neither open nor shipped at one look, because it ships meanwhile, is nobody's task (D-16, RS-28)", async () => {
  const returnId = await askFor("1");
  await authorized(returnId);
  await acts.replace(returnId, [{ quantity: "1" }]);
  await accept(returnId);
  const { replacements } = await when(returnId, "the order", (seen) => seen.replacements[0]!.status === "ORDERED");
  const [{ number }, asked] = [replacements[0]!.order!, [] as string[][]];
  const findOrders = async (numbers: readonly string[]) => {
    asked.push(numbers.filter((one) => one === number));
    return new Map(asked.length === 1 ? [] : numbers.map((one) => [one, { status: "OPEN" } as ErpOrder]));
  };
  const busy = { companyId: "US01", system: "erp-busy", findOrders } as unknown as ErpPort;
  assert.equal(await pollReplacements({ db: system.db, log: createSilentLog(), committed: () => {} }, busy), 0);
  assert.deepEqual(asked, [[number], [number]]);
  assert.deepEqual((await system.stateOf(returnId)).exceptions, []);
});

test("an order that somebody deletes in the ERP is a task; who confirms it has the goods credited (RS-28)", async () => {
  const returnId = await askFor("1");
  await authorized(returnId);
  await acts.replace(returnId, [{ quantity: "1" }]);
  await accept(returnId);
  const { replacements } = await when(returnId, "the order", (seen) => seen.replacements[0]!.status === "ORDERED");
  erp().controls.deleteOrder({ company: "US01", number: replacements[0]!.order!.number });
  const asked = await when(returnId, "the task", (seen) => openTask(seen, "CONTENT_DIFFERS") !== undefined);
  await acts.resolve("otto", openTask(asked, "CONTENT_DIFFERS")!.exceptionId, { note: "It was deleted by mistake." });
  assert.deepEqual(creditedUnits(await acts.credited(returnId, 1)), ["1"]);
  await acts.close(returnId, 1);
});

test("in CA02 a person books what is replaced, and the memo brings in the rest (D-01, D-02)", async () => {
  const [order] = ordersOfFour("CA02");
  const { number, line, unit, sku } = order!;
  unlimited(number);
  const returnId = await acts.requestReturn(number, [{ line, quantity: "3", unit }], { company: "CA02" });
  await authorized(returnId);
  assert.deepEqual((await acts.replace(returnId, [{ quantity: "1" }])).userErrors, []);
  await accept(returnId);
  await acts.shipReplacement(returnId);
  const { credits } = await acts.credited(returnId, 1);
  assert.equal(credits[0]!.lines[0]!.quantity.value, "2");
  const executed = acts.executeDispositions(returnId, 2);
  const book = async (words: string, lines: { location: string; quantity: string }[]) => {
    const asked = await when(returnId, words, ({ exceptions }) =>
      exceptions.some(({ summary, status }) => status !== "RESOLVED" && summary.includes(words)),
    );
    const task = asked.exceptions.find(({ summary, status }) => status !== "RESOLVED" && summary.includes(words))!;
    const booked = lines.map((one) => ({ ...one, item: sku }));
    const { number: reference } = erp().controls.bookItems({ company: "CA02", lines: booked });
    await acts.resolve("fin", task.exceptionId, { reference });
  };
  await book("2 EA", [
    { location: "QUARANTINE", quantity: "-2" },
    { location: "TOR3", quantity: "2" },
  ]);
  await book("no credit memo brings them", [{ location: "TOR3", quantity: "1" }]);
  await executed;
  const closed = await when(returnId, "the return to close", ({ closedAt }) => closedAt !== null);
  assert.deepEqual([creditedUnits(closed), settlement(closed)], [["2"], ["CREDITED"]]);
  await judge(system, returnId);
});
