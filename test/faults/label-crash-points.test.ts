import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";
import { pointsToDieAt } from "./crash-drill.ts";

// The crash points of labels and parcels: one clean run lists what a worker passes, then a worker is killed at each of them.

const OURS = ["/choose-label", "/issue-label", "/void-label", "inbox parcel"];

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  // Early returns meet many dying workers before they come to rest.
  system = await startEverything({
    worker: "none",
    giveUpMs: 600_000,
    internals: { leaseMs: 4_000, leaseMarginMs: 500, maxClaims: 100 },
  });
  acts = createActs(system);
  orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
});

const internals = (more: object) => ({
  BACKHAUL_INTERNALS: JSON.stringify({ ...JSON.parse(system.settings["BACKHAUL_INTERNALS"]!), ...more }),
});
const easypost = () => system.sandbox.servers.easypost;

/** A return of an order of its own once its label is out, whatever happens to the workers meanwhile. */
async function labelled() {
  const { number, line, unit } = orders.shift()!;
  const returnId = await acts.requestReturn(number, [{ line, quantity: "1", unit }]);
  return system.returnWhen(
    returnId,
    "a label",
    ({ labels, instruction }) => labels[0]?.issued != null && instruction !== null,
  );
}

/** Its parcel is handed in. */
async function send(): Promise<string> {
  const { id, labels } = await labelled();
  easypost().controls.pickUp({ trackingCode: labels[0]!.issued!.trackingNumber });
  await system.returnWhen(id, "the parcel on its way", (state) => statusOf(state) === "IN_TRANSIT");
  return id;
}

/** It is cancelled before that. */
async function cancel(): Promise<string> {
  const { id } = await labelled();
  await acts.cancel(id);
  await system.returnWhen(
    id,
    "the cancel and the void",
    (state) => statusOf(state) === "CANCELLED" && state.labels[0]!.status !== "ISSUED",
  );
  return id;
}

async function judgeAll(returnIds: readonly string[]): Promise<void> {
  for (const returnId of returnIds) {
    await judge(system, returnId);
    const { notifications } = await system.stateOf(returnId);
    const told = notifications.map(({ version }) => version);
    assert.equal(new Set(told).size, told.length, "each thing is told once");
  }
}

async function listCrashPoints(): Promise<string[]> {
  const file = path.join(system.config.dataDir, "crash-points");
  const worker = await system.workers.start("process", internals({ crashPointsFile: file }));
  await judgeAll([await send(), await cancel()]);
  await worker.stop();
  const passed = (await readFile(file, "utf8")).trim().split("\n");
  return [...new Set(passed)].filter((label) => label.endsWith("#1") && OURS.some((ours) => label.includes(ours)));
}

test("a worker that is killed at any crash point of labels and parcels leaves one label paid for each key, nobody told twice, and nothing silent (W-01, W-05, W-10, W-18, RS-01, RS-12)", async (t) => {
  const labels = await listCrashPoints();
  assert.ok(labels.length > 12, `only ${labels.length} crash points: ${labels.join(", ")}`);
  t.diagnostic(`${pointsToDieAt(labels).length} of ${labels.length} crash points`);
  const drives: Promise<string>[] = [];
  for (const label of pointsToDieAt(labels)) {
    const died = system.workers.runUntilItEnds(internals({ crashAt: label }));
    drives.push(label.includes("/void-label") ? cancel() : send());
    assert.equal(await died, "SIGKILL", `the worker did not come by ${label}`);
  }
  const last = await system.workers.start("process");
  await judgeAll(await Promise.all(drives));
  await last.stop();
});
