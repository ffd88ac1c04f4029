import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// The crash points are the code's own: one clean run lists what a worker passes, then a worker is killed at each of them (proofs.md 4.2, row 4).

const FLOWS = ["settle-inspection", "post-credit"];

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

/** One unit of an order of its own through the whole process, whatever happens to the workers meanwhile. */
async function driveToClosed(order: PlainOrder): Promise<string> {
  const returnId = await acts.requestReturn(order.number, [{ line: order.line, quantity: "1", unit: order.unit }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.executeDispositions(returnId, 1);
  await system.returnWhen(returnId, "the return to be closed", (state) => statusOf(state) === "CLOSED");
  return returnId;
}

async function listCrashPoints(): Promise<string[]> {
  const file = path.join(system.config.dataDir, "crash-points");
  const worker = await system.workers.start("process", internals({ crashPointsFile: file }));
  const returnId = await driveToClosed(orders.shift()!);
  await judge(system, returnId);
  await worker.stop();
  const passed = (await readFile(file, "utf8")).trim().split("\n");
  return [...new Set(passed)].filter(
    (label) => FLOWS.some((flow) => label.includes(` ${flow}/`)) && label.endsWith("#1"),
  );
}

test("a worker that is killed at any crash point of settle-inspection and post-credit leaves one document for each key and nothing silent (W-01, W-05, W-10, RS-01, RS-12)", async (t) => {
  const labels = await listCrashPoints();
  assert.ok(labels.length > 20, `only ${labels.length} crash points: ${labels.join(", ")}`);
  t.diagnostic(`${labels.length} crash points`);
  const drives: Promise<string>[] = [];
  for (const label of labels) {
    const died = system.workers.runUntilItEnds(internals({ crashAt: label }));
    drives.push(driveToClosed(orders.shift()!));
    assert.equal(await died, "SIGKILL", `the worker did not come by ${label}`);
  }
  const last = await system.workers.start("process");
  for (const returnId of await Promise.all(drives)) await judge(system, returnId);
  await last.stop();
});
