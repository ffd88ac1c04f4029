import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { ReturnState } from "#orchestration/return-state.ts";
import { statusOf } from "#orchestration/status.ts";
import type { PlainOrder } from "../plain-orders.ts";
import type { Everything } from "../start-everything.ts";
import {
  ask,
  type CrashDrill,
  dieAtEach,
  type Drive,
  listCrashPoints,
  pointsToDieAt,
  startCrashDrill,
} from "./crash-drill.ts";

const SENT = ["/choose-label", "/issue-label", "inbox parcel"];
const VOIDED = ["/void-label"];

let drill: CrashDrill;
before(async () => {
  drill = await startCrashDrill("US01", nobodyToldTwice);
});

/** A return of an order of its own once its label is out. */
async function labelled(order: PlainOrder): Promise<ReturnState> {
  const returnId = await ask(drill, "US01", order);
  return drill.system.returnWhen(
    returnId,
    "a label",
    ({ labels, instruction }) => labels[0]?.issued != null && instruction !== null,
  );
}

/** Its parcel is handed in. */
const send: Drive = async (order) => {
  const { id, labels } = await labelled(order);
  const { easypost } = drill.system.sandbox.servers;
  easypost.controls.pickUp({ trackingCode: labels[0]!.issued!.trackingNumber });
  await drill.system.returnWhen(id, "the parcel on its way", (state) => statusOf(state) === "IN_TRANSIT");
  return id;
};

/** It is cancelled before that. */
const cancel: Drive = async (order) => {
  const { id } = await labelled(order);
  await drill.acts.cancel(id);
  await drill.system.returnWhen(
    id,
    "the cancel and the void",
    (state) => statusOf(state) === "CANCELLED" && state.labels[0]!.status !== "ISSUED",
  );
  return id;
};

async function nobodyToldTwice(system: Everything, returnId: string): Promise<void> {
  const told = (await system.stateOf(returnId)).notifications.map(({ version }) => version);
  assert.equal(new Set(told).size, told.length, "each thing is told once");
}

test("a worker that is killed at any crash point of labels and parcels leaves one label paid for each key, nobody told twice, and nothing silent (W-01, W-05, W-10, W-18, RS-01, RS-12)", async (t) => {
  const [first, second, ...orders] = drill.orders;
  const pointsOf = async (drive: Drive, order: PlainOrder, ours: string[]) =>
    (await listCrashPoints(drill, drive, order)).filter(
      (label) => label.endsWith("#1") && ours.some((step) => label.includes(step)),
    );
  const sent = await pointsOf(send, first!, SENT);
  const voided = await pointsOf(cancel, second!, VOIDED);
  const labels = [...sent, ...voided];
  assert.ok(labels.length > 12 && voided.length > 0, `only ${labels.length} crash points: ${labels.join(", ")}`);
  t.diagnostic(`${pointsToDieAt(sent).length + pointsToDieAt(voided).length} of ${labels.length} crash points`);
  await dieAtEach(drill, sent, send, orders);
  await dieAtEach(drill, voided, cancel, orders.slice(sent.length));
});
