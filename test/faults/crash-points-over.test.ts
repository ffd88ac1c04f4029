import assert from "node:assert/strict";
import { before, test } from "node:test";
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

const STEPS = ["take-in-receipt/decide-over-receipt", "take-in-receipt/amend-erp-authorization"];

let drill: CrashDrill;
before(async () => {
  drill = await startCrashDrill("US01");
});

/** One unit more comes than was authorized, and a supervisor lets it in. */
const drive: Drive = async (order) => {
  const { acts, system } = drill;
  const returnId = await ask(drill, "US01", order);
  const { receipt, floor } = await acts.receive(returnId, [
    { instructionLine: 1, quantity: { value: "2", unit: order.unit }, complete: false },
  ]);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await system.returnWhen(returnId, "what fits to be decided", ({ dispositions }) => dispositions.length === 1);
  assert.deepEqual((await acts.decide(returnId, "sam")).userErrors, []);
  return closed(drill, returnId, 2);
};

test("a worker that is killed at any crash point of an over-receipt's decision and authorization lets its units in once (D-10, W-01, W-05, W-13)", async (t) => {
  const [first, ...orders] = drill.orders.filter(({ quantity }) => quantity > 1);
  const passed = await listCrashPoints(drill, drive, first!);
  const labels = passed.filter((label) => STEPS.some((step) => label.includes(` ${step}`)));
  assert.ok(labels.length > 10, `only ${labels.length} crash points: ${labels.join(", ")}`);
  t.diagnostic(`${pointsToDieAt(labels).length} of ${labels.length} crash points`);
  await dieAtEach(drill, labels, drive, orders);
});
