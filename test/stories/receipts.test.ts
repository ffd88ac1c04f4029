import assert from "node:assert/strict";
import { before, test } from "node:test";
import { readFacts } from "#orchestration/facts.ts";
import { bucketsOf } from "#orchestration/quantities.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import { metrics } from "#shared/telemetry.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  // No sweep finds what is parked: whoever writes what it waits for releases it.
  system = await startEverything({ internals: { parkedSweepMs: 3_600_000 } });
  acts = createActs(system);
  orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
});

const stockIns = ({ postings }: ReturnState) => postings.filter(({ kind }) => kind === "STOCK_IN");
const received = (state: ReturnState) => Number(bucketsOf(state, state.lines[0]!).received);
const inErp = (returnId: string) =>
  system.returnWhen(returnId, "the goods in the ERP", (state) => stockIns(state).length > 0);
/** Webhooks of all sites that the intake has acknowledged. */
const acknowledged = async () => {
  const { values } = await metrics.getSingleMetric("backhaul_intake_deliveries_total")!.get();
  return values.reduce((sum, { value, labels }) => (labels["answer"] === "taken" ? sum + value : sum), 0);
};
/** What became of the events with these ids. */
const inboxOf = async (eventIds: string[]) =>
  (await system.db.selectFrom("inbox").select("status").where("event_id", "in", eventIds).execute())
    .map(({ status }) => status as string)
    .toSorted();
/** Nothing is left that was not looked at. */
const inboxEmpty = () =>
  system.until("the inbox to be empty", async () => {
    const rows = await system.db.selectFrom("inbox").select("id").where("status", "=", "RECEIVED").execute();
    return rows.length === 0;
  });

test("a receipt that is delivered fifty times, and again under a new event id, is one receipt with one stock posting (W-18, D-15, RS-06)", async () => {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "4" }]);
  const { state, floor } = await acts.expected(returnId);
  await system.quiet(returnId);
  const before = await acknowledged();
  const { eventId } = floor.receive({ rmaNumber: state.rmaNumber });
  floor.redeliver({ eventId: eventId!, times: 50 });
  await inErp(returnId);
  // The receipt itself and its change of stock, too.
  await system.until("every delivery to be acknowledged", async () => (await acknowledged()) >= before + 52);
  assert.deepEqual((await inboxOf([eventId!])).length, 1);
  const again = floor.repeat({ eventId: eventId! }).eventId;
  await system.until("the repeated event to be looked at", async () => (await inboxOf([again])).length === 1);
  await inboxEmpty();
  assert.deepEqual(await inboxOf([eventId!, again]), ["DROPPED", "PROCESSED"]);
  await system.quiet(returnId);
  const after = await system.stateOf(returnId);
  assert.deepEqual(
    [received(after), after.receipts.length, stockIns(after).length, after.exceptions.length],
    [4, 1, 1, 0],
  );
  await judge(system, returnId);
});

test("a corrected receipt posts the signed difference, and taking it back to nothing takes the stock back (D-15, W-07)", async () => {
  const returnId = await acts.requestReturn("SO-100002", [{ quantity: "10" }]);
  const { receipt, floor } = await acts.receive(returnId, [
    { instructionLine: 1, quantity: { value: "5", unit: "EA" }, complete: false },
  ]);
  const { sku } = (await inErp(returnId)).lines[0]!.posted!;
  const { ledger } = system.sandbox.servers["business-central"];
  assert.equal(ledger.stockAt("US01", sku, "QUARANTINE"), "5");
  floor.correct({ receipt, line: 1, quantity: { value: "3", unit: "EA" } });
  const corrected = await system.returnWhen(returnId, "the correction", ({ postings }) =>
    postings.some(({ kind }) => kind === "CORRECTION"),
  );
  assert.deepEqual(
    [received(corrected), corrected.postings.at(-1)?.quantity.base, ledger.stockAt("US01", sku, "QUARANTINE")],
    [3, "-2", "3"],
  );
  floor.correct({ receipt, line: 1, quantity: { value: "0", unit: "EA" } });
  await system.returnWhen(
    returnId,
    "the second correction",
    ({ postings }) => postings.filter(({ kind }) => kind === "CORRECTION").length === 2,
  );
  assert.equal(ledger.stockAt("US01", sku, "QUARANTINE"), "0");
  await judge(system, returnId);
});

test("SO-100014: what a correction adds to a receipt that is posted has a stock-in of its own, so that all of it is credited to the cent (D-15, D-03, D-20, W-06)", async () => {
  const returnId = await acts.requestReturn("SO-100014", [{ quantity: "4" }]);
  const some = (value: string) => ({ quantity: { value, unit: "EA" } });
  const { receipt, floor } = await acts.receive(returnId, [{ instructionLine: 1, ...some("2"), complete: false }]);
  await inErp(returnId);
  floor.correct({ receipt, line: 1, ...some("4") });
  const added = await system.returnWhen(returnId, "the rest in the ERP", (state) => stockIns(state).length > 1);
  assert.deepEqual(
    [received(added), added.postings.map(({ kind, quantity }) => [kind, quantity.base])],
    [
      4,
      [
        ["STOCK_IN", "2"],
        ["STOCK_IN", "2"],
      ],
    ],
  );
  floor.inspect({ receipt, line: 1, grade: "A" });
  const { credits, exceptions } = await acts.credited(returnId, 2);
  const cents = credits.map(({ net }) => Math.round(Number(net) * 100));
  const { lineNet, invoicedBase } = added.lines[0]!.posted!;
  assert.equal(cents[0]! + cents[1]!, Math.round((Number(lineNet) * 400) / Number(invoicedBase)));
  assert.deepEqual(exceptions, []);
  await acts.close(returnId, 1);
  await judge(system, returnId);
});

test("a wrong item is a discrepancy with a task for the warehouse; the ordered line still waits and what fits is credited (D-12, OS-09)", async () => {
  const returnId = await acts.requestReturn("SO-100003", [{ quantity: "2", unit: "CS" }]);
  const { receipt, floor } = await acts.receive(returnId, [
    { instructionLine: 1, quantity: { value: "12", unit: "EA" }, complete: false },
    { instructionLine: 1, sku: "BRG-6205", quantity: { value: "1", unit: "EA" }, complete: false },
  ]);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const state = await acts.credited(returnId, 1);
  assert.deepEqual(
    state.discrepancies.map(({ kind, actual, status }) => [kind, actual, status]),
    [["WRONG_ITEM", "BRG-6205", "OPEN"]],
  );
  assert.deepEqual(
    state.exceptions.map(({ code, owner }) => [code, owner]),
    [["WRONG_ITEM", "warehouse"]],
  );
  assert.deepEqual(
    [received(state), Number(bucketsOf(state, state.lines[0]!).authorized), state.credits[0]?.erp?.total],
    [12, 24, "165.36"],
  );
  await judge(system, returnId);
});

/** A receipt of which the warehouse tells nothing, and its inspection, which waits for it. */
async function inspectedBeforeReceived(order: PlainOrder) {
  const returnId = await acts.requestReturn(order.number, [{ line: order.line, quantity: "1", unit: order.unit }]);
  const { state, floor } = await acts.expected(returnId);
  const { warehouseReceiptNumber } = floor.receive({ rmaNumber: state.rmaNumber, tell: false });
  floor.inspect({ receipt: warehouseReceiptNumber, line: 1, grade: "A" });
  await system.until(
    "the inspection to be parked",
    async () =>
      (await system.db.selectFrom("inbox").select("id").where("status", "=", "PARKED").executeTakeFirst()) ?? null,
  );
  assert.deepEqual((await system.stateOf(returnId)).inspections, []);
  return { returnId, state, floor, warehouseReceiptNumber };
}

async function assertReleased(returnId: string): Promise<void> {
  const { inspections } = await acts.credited(returnId, 1);
  assert.equal(inspections.length, 1);
  const kinds = (await readFacts(system.db, returnId, { limit: 1_000 })).map(({ kind }) => kind);
  const [received, released, inspected] = (["receipt.recorded", "event.released", "inspection.completed"] as const).map(
    (kind) => kinds.indexOf(kind),
  ) as [number, number, number];
  assert.ok(0 < received && received < released && released < inspected, kinds.join());
  await acts.executeDispositions(returnId, 1);
  await judge(system, returnId);
}

test("an inspection that comes before its receipt waits for it (W-19, RS-25)", async () => {
  const { returnId, floor, warehouseReceiptNumber } = await inspectedBeforeReceived(orders[0]!);
  floor.tellReceipt({ receipt: warehouseReceiptNumber });
  await assertReleased(returnId);
});

test("an inspection that waits is released by a receipt that a person keys, too (W-19, RS-25)", async () => {
  const { returnId, state, warehouseReceiptNumber } = await inspectedBeforeReceived(orders[1]!);
  const wilma = await system.as("wilma");
  const { recordReceipt } = await wilma.data("service-ui/record-receipt", {
    input: {
      idempotencyKey: newKey(),
      returnId,
      warehouse: state.warehouse,
      warehouseReceiptNumber,
      receivedAt: new Date(Date.now() - 60_000).toISOString(),
      lines: [{ lineNumber: 1, sku: orders[1]!.sku, quantity: { value: "1", unit: "EA" }, conditionCode: "UNOPENED" }],
    },
  });
  assert.deepEqual(recordReceipt.userErrors, []);
  await assertReleased(returnId);
});
