import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import { factKinds } from "#orchestration/fact-kinds.ts";
import { readFacts } from "#orchestration/facts.ts";
import { isAboutMessage } from "#orchestration/messages.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";
import { pointsToDieAt } from "./crash-drill.ts";

// As crash-points.test.ts, for the flows that tell the CRM and the customer: a worker is killed at each of their points.

const OURS = [" tell-crm/", " tell-customer/"];

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

/** A return from a case of its own until its warehouse and its customer were told, whatever happens to the workers meanwhile. */
async function drive({ number, line, unit }: PlainOrder): Promise<string> {
  const { customerNumber } = system.sandbox.distributor.orders.find((each) => each.number === number)!;
  const opened = crm().controls.openCase({ customerNumber, orderNumber: number });
  const caseId = `crm.case:US01:${opened.number}`;
  const returnId = await acts.requestReturn(number, [{ line, quantity: "1", unit }], { caseId });
  await acts.expected(returnId);
  await system.returnWhen(returnId, "two mails", ({ notifications }) => notifications.length >= 2);
  return returnId;
}

/** Every milestone is at the CRM once, under its key; of each thing that a customer is to hear there is one mail in the inbox. */
async function judgeMessages(returnId: string): Promise<void> {
  await judge(system, returnId);
  const { rmaNumber, notifications, exceptions } = await system.stateOf(returnId);
  const mails = system.sandbox.servers.smtp.ledger.messages().filter(({ subject }) => subject.includes(rmaNumber));
  assert.deepEqual(notifications.map(({ template }) => template).toSorted(), ["label.issued", "return.authorized"]);
  assert.equal(new Set(mails.map(({ messageId }) => messageId)).size, notifications.length, "one mail for each key");
  const key = `BH1-${rmaNumber.replace("-", "")}`;
  // A task about a message (a slow look-up of one) is no news for who was to get it.
  const own = new Set(exceptions.filter(isAboutMessage).map((task) => task.exceptionId));
  const told = (await readFacts(system.db, returnId)).filter(
    ({ kind, data }) => factKinds[kind].milestone && !("exceptionId" in data && own.has(data.exceptionId)),
  );
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
  await judgeMessages(await drive(orders.shift()!));
  await worker.stop();
  const passed = (await readFile(file, "utf8")).trim().split("\n");
  return [...new Set(passed)].filter((label) => OURS.some((ours) => label.includes(ours)) && label.endsWith("#1"));
}

test("a worker that is killed at any crash point of tell-crm and tell-customer leaves each milestone at the CRM and each mail in the inbox once (W-04, W-05, W-06, W-10, RS-01)", async (t) => {
  const labels = await listCrashPoints();
  assert.ok(labels.length >= 12, `only ${labels.length} crash points: ${labels.join(", ")}`);
  t.diagnostic(`${pointsToDieAt(labels).length} of ${labels.length} crash points`);
  const drives: Promise<string>[] = [];
  for (const label of pointsToDieAt(labels)) {
    const died = system.workers.runUntilItEnds(internals({ crashAt: label }));
    drives.push(drive(orders.shift()!));
    assert.equal(await died, "SIGKILL", `the worker did not come by ${label}`);
  }
  const last = await system.workers.start("process");
  for (const returnId of await Promise.all(drives)) await judgeMessages(returnId);
  await last.stop();
});
