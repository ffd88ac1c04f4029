import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import { factKinds } from "#orchestration/fact-kinds.ts";
import { readFacts } from "#orchestration/facts.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// As crash-points.test.ts, for the flow that tells the CRM: a worker is killed at each of its points.

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
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
const crm = () => system.sandbox.servers.salesforce;

/** A return from a case of its own until its warehouse was told, whatever happens to the workers meanwhile. */
async function drive({ number, line, unit }: PlainOrder): Promise<string> {
  const { customerNumber } = system.sandbox.distributor.orders.find((each) => each.number === number)!;
  const opened = crm().controls.openCase({ customerNumber, orderNumber: number });
  const caseId = `crm.case:US01:${opened.number}`;
  const returnId = await acts.requestReturn(number, [{ line, quantity: "1", unit }], { caseId });
  await acts.expected(returnId);
  return returnId;
}

/** Every milestone is at the CRM once, under its key. */
async function judgeCrm(returnId: string): Promise<void> {
  await judge(system, returnId);
  const { rmaNumber } = await system.stateOf(returnId);
  const key = `BH1-${rmaNumber.replace("-", "")}`;
  const told = (await readFacts(system.db, returnId)).filter(({ kind }) => factKinds[kind].milestone);
  const records = crm()
    .ledger.records("Backhaul_Milestone__c")
    .filter((each) => String(each["Key__c"]).startsWith(`${key}-`));
  assert.deepEqual(
    records.map((each) => String(each["Key__c"])).toSorted(),
    told.map(({ version }) => `${key}-K${String(version).padStart(4, "0")}`),
  );
}

async function listCrashPoints(): Promise<string[]> {
  const file = path.join(system.config.dataDir, "crash-points");
  const worker = await system.workers.start("process", internals({ crashPointsFile: file }));
  await judgeCrm(await drive(orders.shift()!));
  await worker.stop();
  const passed = (await readFile(file, "utf8")).trim().split("\n");
  return [...new Set(passed)].filter((label) => label.includes(" tell-crm/") && label.endsWith("#1"));
}

test("a worker that is killed at any crash point of tell-crm leaves each milestone at the CRM once (W-05, W-06, W-10, RS-01)", async (t) => {
  const labels = await listCrashPoints();
  assert.ok(labels.length >= 6, `only ${labels.length} crash points: ${labels.join(", ")}`);
  t.diagnostic(labels.join(", "));
  const drives: Promise<string>[] = [];
  for (const label of labels) {
    const died = system.workers.runUntilItEnds(internals({ crashAt: label }));
    drives.push(drive(orders.shift()!));
    assert.equal(await died, "SIGKILL", `the worker did not come by ${label}`);
  }
  const last = await system.workers.start("process");
  for (const returnId of await Promise.all(drives)) await judgeCrm(returnId);
  await last.stop();
});
