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

const FLOWS = ["settle-inspection/", "post-credit/"];

let drill: CrashDrill;
before(async () => {
  drill = await startCrashDrill("US01");
});

/** One unit of an order of its own through the whole process. */
const drive: Drive = async (order) => {
  const returnId = await ask(drill, "US01", order);
  const { receipt, floor } = await drill.acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  return closed(drill, returnId, 1);
};

test("a worker that is killed at any crash point of settle-inspection and post-credit leaves one document for each key and nothing silent (W-01, W-05, W-10, RS-01, RS-12)", async (t) => {
  const [first, ...orders] = drill.orders;
  const passed = await listCrashPoints(drill, drive, first!);
  const labels = passed.filter((label) => FLOWS.some((flow) => label.includes(` ${flow}`)) && label.endsWith("#1"));
  assert.ok(labels.length > 20, `only ${labels.length} crash points: ${labels.join(", ")}`);
  t.diagnostic(`${pointsToDieAt(labels).length} of ${labels.length} crash points`);
  await dieAtEach(drill, labels, drive, orders);
});
