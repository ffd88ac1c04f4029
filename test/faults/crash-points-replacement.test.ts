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

let drill: CrashDrill;
before(async () => {
  drill = await startCrashDrill("US01");
});

const replaced = async ({ number, ...order }: PlainOrder): Promise<string> => {
  const { company, customerNumber } = drill.system.sandbox.distributor.orders.find((one) => one.number === number)!;
  const fields = { creditLimit: 0 };
  drill.system.sandbox.servers["business-central"].controls.change({
    ...{ company, set: "customers", number: customerNumber, fields },
  });
  const returnId = await ask(drill, "US01", { number, ...order });
  await drill.acts.expected(returnId);
  await drill.acts.replace(returnId, [{ quantity: "1", unit: order.unit }]);
  const { receipt, floor } = await drill.acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  return returnId;
};

/** One unit that is replaced, from its request to the close. */
const drive: Drive = async (order) => {
  const returnId = await replaced(order);
  await drill.acts.shipReplacement(returnId);
  return closed(drill, returnId, 1);
};

/** Before and after what is sent, committed or heard: the look-ups between are every effect's. */
const ofReplacing = (label: string): boolean =>
  /(call replace-goods\/create-replacement-order (draft|post)|commit replace-goods\/create-replacement-order|inbox replacement) (before|after)#1$/.test(
    label,
  );

test("a worker that is killed where a replacement is drafted, posted or found shipped sends one, and leaves nothing silent (W-01, W-05, W-10, RS-01)", async (t) => {
  const [first, ...orders] = drill.orders;
  const passed = await listCrashPoints(drill, drive, first!);
  const labels = passed.filter(ofReplacing);
  assert.equal(labels.length, 8, `crash points: ${passed.join(", ")}`);
  t.diagnostic(`${pointsToDieAt(labels).length} of ${labels.length} crash points`);
  await dieAtEach(drill, labels, drive, orders);
});
