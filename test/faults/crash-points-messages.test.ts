import assert from "node:assert/strict";
import { before, test } from "node:test";
import { factKinds } from "#orchestration/fact-kinds.ts";
import { readFacts } from "#orchestration/facts.ts";
import { isAboutMessage } from "#orchestration/messages.ts";
import type { Everything } from "../start-everything.ts";
import {
  type CrashDrill,
  dieAtEach,
  type Drive,
  listCrashPoints,
  pointsToDieAt,
  startCrashDrill,
} from "./crash-drill.ts";

const FLOWS = [" tell-crm/", " tell-customer/"];

let drill: CrashDrill;
before(async () => {
  drill = await startCrashDrill("US01", judgeMessages);
});

/** A return from a case of its own until its warehouse and its customer were told. */
const drive: Drive = async ({ number, line, unit }) => {
  const { system, acts } = drill;
  const { customerNumber } = system.sandbox.distributor.orders.find((each) => each.number === number)!;
  const opened = system.sandbox.servers.salesforce.controls.openCase({ customerNumber, orderNumber: number });
  const caseId = `crm.case:US01:${opened.number}`;
  const returnId = await acts.requestReturn(number, [{ line, quantity: "1", unit }], { caseId });
  await acts.expected(returnId);
  await system.returnWhen(returnId, "two mails", ({ notifications }) => notifications.length >= 2);
  return returnId;
};

/** Every milestone is at the CRM once, under its key; of each thing that a customer is to hear there is one mail in the inbox. */
async function judgeMessages(system: Everything, returnId: string): Promise<void> {
  const { rmaNumber, notifications, exceptions } = await system.stateOf(returnId);
  const { salesforce, smtp } = system.sandbox.servers;
  const mails = smtp.ledger.messages().filter(({ subject }) => subject.includes(rmaNumber));
  assert.deepEqual(notifications.map(({ template }) => template).toSorted(), ["label.issued", "return.authorized"]);
  assert.equal(new Set(mails.map(({ messageId }) => messageId)).size, notifications.length, "one mail for each key");
  const key = `BH1-${rmaNumber.replace("-", "")}`;
  // A task about a message (a slow look-up of one) is no news for who was to get it.
  const own = new Set(exceptions.filter(isAboutMessage).map((task) => task.exceptionId));
  const told = (await readFacts(system.db, returnId)).filter(
    ({ kind, data }) => factKinds[kind].milestone && !("exceptionId" in data && own.has(data.exceptionId)),
  );
  const records = salesforce.ledger
    .records("Backhaul_Milestone__c")
    .filter((each) => String(each["Key__c"]).startsWith(`${key}-`));
  assert.deepEqual(
    records.map((each) => String(each["Key__c"])).toSorted(),
    told.map(({ version }) => `${key}-K${String(version).padStart(4, "0")}`),
  );
}

test("a worker that is killed at any crash point of tell-crm and tell-customer leaves each milestone at the CRM and each mail in the inbox once (W-04, W-05, W-06, W-10, RS-01)", async (t) => {
  const [first, ...orders] = drill.orders;
  const passed = await listCrashPoints(drill, drive, first!);
  const labels = passed.filter((label) => FLOWS.some((flow) => label.includes(flow)) && label.endsWith("#1"));
  assert.ok(labels.length >= 12, `only ${labels.length} crash points: ${labels.join(", ")}`);
  t.diagnostic(`${pointsToDieAt(labels).length} of ${labels.length} crash points`);
  await dieAtEach(drill, labels, drive, orders);
});
