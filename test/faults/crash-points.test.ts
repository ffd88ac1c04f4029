import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import { sql } from "kysely";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// The crash points are the code's own: one clean run lists what a worker passes, then a worker is killed at each of them (proofs.md 4.2, row 4).

/** Where the ERP makes the memo from a stock document; and, where the memo brings the goods in and people move them (D-02), the steps that do otherwise. */
const modes = {
  "return-order": { company: "US01", flows: ["settle-inspection/", "post-credit/"], least: 20 },
  "credit-memo-only": {
    company: "CA02",
    flows: ["settle-inspection/read-back-move", "post-credit/draft-memo", "post-credit/post-memo"],
    least: 8,
  },
} as const;
type Mode = keyof typeof modes;
const OVER_STEPS = ["take-in-receipt/decide-over-receipt", "take-in-receipt/amend-erp-authorization"];

let system: Everything;
let acts: Acts;
const orders = {} as Record<Mode, PlainOrder[]>;
before(async () => {
  // Early returns meet many dying workers before they come to rest.
  system = await startEverything({
    worker: "none",
    giveUpMs: 1_800_000,
    internals: { maxClaims: 100 },
  });
  acts = createActs(system);
  const today = new Date().toISOString().slice(0, 10);
  const plainOf = (mode: Mode) => plainOrders({ ...system.sandbox.distributor, company: modes[mode].company, today });
  // Those with several units are kept for over-receipts.
  orders["return-order"] = plainOf("return-order").toSorted((a, b) => a.quantity - b.quantity);
  orders["credit-memo-only"] = unitByUnit(plainOf("credit-memo-only"));
});

/** Each unit of an order is a return of its own, as long as the customer's credits of the day need no approval; one of every customer comes first. */
function unitByUnit(plain: PlainOrder[]): PlainOrder[] {
  const units = plain.map(({ quantity, unitPrice }) => Math.min(quantity, Math.floor(900 / Number(unitPrice))));
  return Array.from({ length: Math.max(...units) }, (_, n) => plain.filter((_order, i) => units[i]! > n)).flat();
}

const internals = (more: object) => ({
  BACKHAUL_INTERNALS: JSON.stringify({ ...JSON.parse(system.settings["BACKHAUL_INTERNALS"]!), ...more }),
});

type Drive = (order: PlainOrder) => Promise<string>;

const ask = (mode: Mode, { number, line, unit }: PlainOrder): Promise<string> =>
  acts.requestReturn(number, [{ line, quantity: "1", unit }], { company: modes[mode].company });

/** One unit of an order of its own through the whole process, whatever happens to the workers meanwhile. */
const driveToClosed =
  (mode: Mode): Drive =>
  async (order) => {
    const returnId = await ask(mode, order);
    const { receipt, floor } = await acts.receive(returnId);
    floor.inspect({ receipt, line: 1, grade: "A" });
    if (mode === "credit-memo-only") await acts.bookMoves(returnId, 1);
    return closed(returnId, 1);
  };

/** One unit more comes than was authorized, and a supervisor lets it in. */
const driveOver: Drive = async (order) => {
  const returnId = await ask("return-order", order);
  const { receipt, floor } = await acts.receive(returnId, [
    { instructionLine: 1, quantity: { value: "2", unit: order.unit }, complete: false },
  ]);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await system.returnWhen(returnId, "what fits to be decided", ({ dispositions }) => dispositions.length === 1);
  assert.deepEqual((await acts.decide(returnId, "sam")).userErrors, []);
  return closed(returnId, 2);
};

async function closed(returnId: string, dispositions: number): Promise<string> {
  await acts.executeDispositions(returnId, dispositions);
  await system.returnWhen(returnId, "the return to be closed", (state) => statusOf(state) === "CLOSED");
  return returnId;
}

async function listCrashPoints(drive: Drive, order: PlainOrder): Promise<string[]> {
  const file = path.join(system.config.dataDir, `crash-points-${order.number}`);
  const worker = await system.workers.start("process", internals({ crashPointsFile: file }));
  const returnId = await drive(order);
  await judge(system, returnId);
  await worker.stop();
  const passed = (await readFile(file, "utf8")).trim().split("\n");
  return [...new Set(passed)];
}

/** Nobody waits for a dead worker's leases: they end by hand (W-30), once the database has ended what it had begun, a claim too. */
async function endLeases(): Promise<void> {
  const { db } = system;
  await system.until("the dead worker's connections to be gone", async () => {
    const { rows } = await sql`
      select from pg_stat_activity where datname = current_database() and application_name = 'backhaul worker'`.execute(
      db,
    );
    return rows.length === 0;
  });
  await db
    .updateTable("operations")
    .set({ due_at: new Date(0) })
    .where("status", "=", "RUNNING")
    .execute();
}

/** A worker dies at each of these points while a return of its own is driven; all of them end as they should. */
async function dieAtEach(labels: string[], drive: Drive, taken: PlainOrder[]): Promise<void> {
  const drives: Promise<string>[] = [];
  for (const label of labels) {
    const died = system.workers.runUntilItEnds(internals({ crashAt: label }));
    drives.push(drive(taken.shift()!));
    assert.equal(await died, "SIGKILL", `the worker did not come by ${label}`);
    await endLeases();
  }
  const last = await system.workers.start("process");
  for (const returnId of await Promise.all(drives)) await judge(system, returnId);
  await last.stop();
}

for (const mode of ["return-order", "credit-memo-only"] as const)
  test(`a worker that is killed at any crash point of settle-inspection and post-credit leaves one document for each key and nothing silent, in ${mode} mode (D-02, W-01, W-05, W-10, RS-01, RS-12)`, async (t) => {
    const { flows, least } = modes[mode];
    const passed = await listCrashPoints(driveToClosed(mode), orders[mode].shift()!);
    const labels = passed.filter((label) => flows.some((flow) => label.includes(` ${flow}`)) && label.endsWith("#1"));
    assert.ok(labels.length > least, `only ${labels.length} crash points: ${labels.join(", ")}`);
    t.diagnostic(`${labels.length} crash points`);
    await dieAtEach(labels, driveToClosed(mode), orders[mode]);
  });

test("a worker that is killed at any crash point of an over-receipt's decision and authorization lets its units in once (D-10, W-01, W-05, W-13)", async (t) => {
  const several = orders["return-order"].filter(({ quantity }) => quantity > 1);
  const passed = await listCrashPoints(driveOver, several.shift()!);
  const labels = passed.filter((label) => OVER_STEPS.some((step) => label.includes(` ${step}`)));
  assert.ok(labels.length > 10, `only ${labels.length} crash points: ${labels.join(", ")}`);
  t.diagnostic(`${labels.length} crash points: ${labels.join(", ")}`);
  await dieAtEach(labels, driveOver, several);
});
