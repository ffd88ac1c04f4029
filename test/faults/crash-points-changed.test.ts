import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { ReturnState } from "#orchestration/return-state.ts";
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

const standing = ({ dispositions }: ReturnState) => dispositions.find(({ superseded }) => !superseded);
const toldOf = (code: string) => (state: ReturnState) =>
  standing(state)?.code === code && standing(state)?.instruction?.state === "TOLD";

/** What was to be restocked is refurbished instead, after the warehouse was told. */
const drive: Drive = async (order) => {
  const { acts, system } = drill;
  const returnId = await ask(drill, "US01", order);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const state = await system.returnWhen(returnId, "the warehouse to be told", toldOf("RESTOCK"));
  const [disposition] = state.dispositions;
  const change = { code: "REFURBISH", quantity: "1", unit: order.unit };
  assert.deepEqual((await acts.changeDisposition(disposition!.dispositionId, change)).userErrors, []);
  await system.returnWhen(returnId, "the warehouse to be told anew", toldOf("REFURBISH"));
  return closed(drill, returnId, 1);
};

test("a worker that is killed at any crash point of a withdrawal lets one instruction stand, the new one (W-05, W-06, W-07)", async (t) => {
  const [first, ...orders] = drill.orders;
  const passed = await listCrashPoints(drill, drive, first!);
  const labels = passed.filter((label) => label.includes(" settle-inspection/withdraw-disposition"));
  assert.ok(labels.length >= 4, `only ${labels.length} crash points: ${labels.join(", ")}`);
  t.diagnostic(`${pointsToDieAt(labels).length} of ${labels.length} crash points`);
  await dieAtEach(drill, labels, drive, orders);
});
