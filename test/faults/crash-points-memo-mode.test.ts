import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { PlainOrder } from "../plain-orders.ts";
import {
  ask,
  closed,
  type CrashDrill,
  dieAtEach,
  type Drive,
  listCrashPoints,
  pointsToDieAt,
  startCrashDrill,
} from "./crash-drill.ts";

/** The steps that do otherwise where the memo brings the goods in and people move them (D-02). */
const STEPS = ["settle-inspection/read-back-move", "post-credit/draft-memo", "post-credit/post-memo"];

let drill: CrashDrill;
before(async () => {
  drill = await startCrashDrill("CA02");
});

/** Each unit of an order is a return of its own, as long as the customer's credits of the day need no approval; one of every customer comes first. */
function unitByUnit(plain: PlainOrder[]): PlainOrder[] {
  const units = plain.map(({ quantity, unitPrice }) => Math.min(quantity, Math.floor(900 / Number(unitPrice))));
  return Array.from({ length: Math.max(...units) }, (_, n) => plain.filter((_order, i) => units[i]! > n)).flat();
}

/** One unit through the whole process; a person books the move that the ERP can't be asked for. */
const drive: Drive = async (order) => {
  const returnId = await ask(drill, "CA02", order);
  const { receipt, floor } = await drill.acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await drill.acts.bookMoves(returnId, 1);
  return closed(drill, returnId, 1);
};

test("a worker that is killed where a memo brings goods in, or where a person's move is read back, leaves one document for each key and nothing silent (D-02, W-01, W-05, W-10, RS-01)", async (t) => {
  const [first, ...orders] = unitByUnit(drill.orders);
  const passed = await listCrashPoints(drill, drive, first!);
  const labels = passed.filter((label) => STEPS.some((step) => label.includes(` ${step}`)) && label.endsWith("#1"));
  assert.ok(labels.length > 8, `only ${labels.length} crash points: ${labels.join(", ")}`);
  t.diagnostic(`${pointsToDieAt(labels).length} of ${labels.length} crash points`);
  await dieAtEach(drill, labels, drive, orders);
});
