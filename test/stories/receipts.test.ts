import assert from "node:assert/strict";
import { before, test } from "node:test";
import { bucketsOf } from "#orchestration/quantities.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  system = await startEverything();
  acts = createActs(system);
  orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
});

const stockIns = ({ postings }: ReturnState) => postings.filter(({ kind }) => kind === "STOCK_IN");
const intendedStockIn = (returnId: string) =>
  system.db
    .selectFrom("effects")
    .select("transaction_key")
    .where("return_id", "=", returnId)
    .where("deed", "=", "post return receipt")
    .executeTakeFirst()
    .then((effect) => effect ?? null);
const received = (state: ReturnState) => Number(bucketsOf(state, state.lines[0]!).received);
const inErp = (returnId: string) =>
  system.returnWhen(returnId, "the goods in the ERP", (state) => stockIns(state).length > 0);
/** How many inbox rows of a warehouse are not looked at yet. */
const inboxEmpty = () =>
  system.until("the inbox to be empty", async () => {
    const rows = await system.db.selectFrom("inbox").select("id").where("status", "=", "RECEIVED").execute();
    return rows.length === 0;
  });

test("a receipt that is delivered fifty times, and again under a new event id, is one receipt with one stock posting (W-18, D-15, RS-06)", async () => {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "4" }]);
  const { state, floor } = await acts.expected(returnId);
  const { eventId } = floor.receive({ rmaNumber: state.rmaNumber });
  floor.redeliver({ eventId: eventId!, times: 50 });
  await inErp(returnId);
  floor.repeat({ eventId: eventId! });
  await system.until(
    "the repeated event to be looked at",
    async () =>
      (await system.db.selectFrom("inbox").select("id").where("status", "=", "DROPPED").executeTakeFirst()) ?? null,
  );
  await inboxEmpty();
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

test("a receipt that is corrected while the ERP takes nothing is posted as it was first told, and the difference after it (W-06, D-15, RS-09)", async () => {
  const returnId = await acts.requestReturn("SO-100004", [{ quantity: "3" }]);
  const { floor } = await acts.expected(returnId);
  const { faults } = system.sandbox.servers["business-central"];
  const { id } = faults.arm({
    match: { method: "POST", path: "/returnReceipts$" },
    times: 0,
    action: { kind: "refuse", status: 503 },
  });
  const { receipt } = await acts.receive(returnId, [
    { instructionLine: 1, quantity: { value: "3", unit: "EA" }, complete: false },
  ]);
  await system.until("the stock-in to be intended", () => intendedStockIn(returnId));
  floor.correct({ receipt, line: 1, quantity: { value: "2", unit: "EA" } });
  await system.returnWhen(returnId, "the correction", (state) => received(state) === 2);
  faults.disarm(id);
  const { postings } = await system.returnWhen(returnId, "both postings", (state) => state.postings.length === 2);
  assert.deepEqual(
    postings.map(({ kind, lines, quantity }) => [kind, lines[0]?.quantity.base ?? quantity.base]),
    [
      ["STOCK_IN", "3"],
      ["CORRECTION", "-1"],
    ],
  );
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

test("an inspection that comes before its receipt waits for it (W-19, RS-25)", async () => {
  const order = orders[0]!;
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
  floor.tellReceipt({ receipt: warehouseReceiptNumber });
  const credited = await acts.credited(returnId, 1);
  assert.equal(credited.inspections.length, 1);
  await judge(system, returnId);
});
