import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { sql } from "kysely";
import type { CompanyCode } from "#sandbox/seed/types.ts";
import { everyCrashPoint } from "#shared/config.ts";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// The crash points are the code's own: one clean run lists what a worker passes, then a worker is killed at each of them (proofs.md 4.2, row 4).
// A test file for each story: they are long, and two files run at a time.

/** Drives one return of this order from its request until what is drilled is done, whatever happens to the workers meanwhile; gives its id. */
export type Drive = (order: PlainOrder) => Promise<string>;
export type CrashDrill = {
  system: Everything;
  acts: Acts;
  orders: PlainOrder[];
  /** What must be true of each return in the end. */
  judge(returnId: string): Promise<void>;
};

/** A system without a worker, and the plain orders of a company to drive returns of; `besides` is judged beside what holds for every story. */
export async function startCrashDrill(
  company: CompanyCode,
  besides: (system: Everything, returnId: string) => Promise<void> = async () => {},
): Promise<CrashDrill> {
  // Early returns meet many dying workers before they come to rest.
  const system = await startEverything({ worker: "none", giveUpMs: 1_800_000, internals: { maxClaims: 100 } });
  const today = new Date().toISOString().slice(0, 10);
  const orders = plainOrders({ ...system.sandbox.distributor, company, today });
  const judgeBoth = async (returnId: string) => {
    await judge(system, returnId);
    await besides(system, returnId);
  };
  return { system, acts: createActs(system), orders, judge: judgeBoth };
}

/** A return of one unit is requested. */
export const ask = ({ acts }: CrashDrill, company: CompanyCode, { number, line, unit }: PlainOrder): Promise<string> =>
  acts.requestReturn(number, [{ line, quantity: "1", unit }], { company });

/** The warehouse does what was decided, and the return closes. */
export async function closed({ acts, system }: CrashDrill, returnId: string, dispositions: number): Promise<string> {
  await acts.executeDispositions(returnId, dispositions);
  await system.returnWhen(returnId, "the return to be closed", (state) => statusOf(state) === "CLOSED");
  return returnId;
}

const internals = ({ settings }: Everything, more: object) => ({
  BACKHAUL_INTERNALS: JSON.stringify({ ...JSON.parse(settings["BACKHAUL_INTERNALS"]!), ...more }),
});

/** What a worker passes while it brings one return to its end. */
export async function listCrashPoints(
  { system, judge: judgeBoth }: CrashDrill,
  drive: Drive,
  order: PlainOrder,
): Promise<string[]> {
  const file = path.join(system.config.dataDir, `crash-points-${order.number}`);
  const worker = await system.workers.start("process", internals(system, { crashPointsFile: file }));
  await judgeBoth(await drive(order));
  await worker.stop();
  const passed = (await readFile(file, "utf8")).trim().split("\n");
  return [...new Set(passed)];
}

/** Nobody waits for a dead worker's leases: they end by hand (W-30), once the database has ended what it had begun, a claim too. */
async function endLeases({ db, until }: Everything): Promise<void> {
  await until("the dead worker's connections to be gone", async () => {
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

const DAY = 86_400_000;

/** Each point is a process that starts, dies and is started anew: a run of all tests takes a quarter of them, before and after in turn, the others on the next days; `npm run crash-points` takes all. */
export const pointsToDieAt = (labels: readonly string[]): string[] =>
  labels.filter((_, i) => everyCrashPoint() || (i + Math.floor(i / 4) + Math.floor(Date.now() / DAY)) % 4 === 0);

/** A clean run that had to do something twice (a deadlock, an answer that was slow) passes a point that others need not. */
const MOST_MISSED = 1;

/** A worker dies at each of these points while a return of its own is driven; all of them end as they should. */
export async function dieAtEach(
  drill: CrashDrill,
  labels: string[],
  drive: Drive,
  orders: PlainOrder[],
): Promise<void> {
  const { system, judge: judgeBoth } = drill;
  const drives: Promise<string>[] = [];
  const missed: string[] = [];
  for (const [i, label] of pointsToDieAt(labels).entries()) {
    const driven = drive(orders[i]!);
    drives.push(driven);
    if (!(await diesAt(drill, label, driven))) missed.push(label);
    await endLeases(system);
  }
  assert.ok(missed.length <= MOST_MISSED, `no worker came by ${missed.join(", ")}`);
  const last = await system.workers.start("process");
  for (const returnId of await Promise.all(drives)) await judgeBoth(returnId);
  await last.stop();
}

/** False where the return came to rest and its worker had not come by. */
async function diesAt({ system }: CrashDrill, label: string, driven: Promise<string>): Promise<boolean> {
  const worker = system.workers.startToEnd(internals(system, { crashAt: label }));
  const atRest = driven.then(system.quiet);
  atRest.catch(() => undefined); // told by the drive
  await Promise.race([worker.ended, atRest]);
  await worker.stop();
  const how = await worker.ended;
  assert.ok(how === "SIGKILL" || how === "0", `the worker ended with ${how} before it came by ${label}`);
  return how === "SIGKILL";
}
