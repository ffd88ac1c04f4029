import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { play } from "#sandbox/play.ts";
import { warehouseSites } from "#sandbox/wms-json/sites.ts";
import type { Config } from "#shared/config.ts";
import { sandboxAddress } from "#shared/sandbox-address.ts";
import { contractDocument } from "#tools/client/documents.ts";
import { crmLine, type CrmReturn, crmReturnOf } from "#tools/client/crm-ledger.ts";
import { erpDocumentsOf, erpLine } from "#tools/client/erp-ledger.ts";
import { connectAs, type Frame, type Person } from "#tools/client/gateway.ts";
import { milestoneLine, money, quantity } from "#tools/client/say.ts";
import { findCase, type Found } from "./cases.ts";
import { unifiedView } from "./unified-view.ts";

/** How long nothing may come before the story is given up, and how long the CRM may take to hear of its end before it is shown as it is. */
export type Patience = { milestoneMs: number; crmMs: number };
const PATIENCE: Patience = { milestoneMs: 60_000, crmMs: 10_000 };

type Say = (line: string) => void;
type Telling = { say: Say; patience: Patience };
type Made = { id: string; rmaNumber: string };

/** What the warehouse finds: functionally damaged. */
const GRADE = "D";

/** Plays the README's story against the running system and says what happens; throws a sentence where it can't go on. */
export async function playStory(config: Config, say: Say, patience = PATIENCE): Promise<Made> {
  const [ada, sam] = await Promise.all([connectAs("ada", config), connectAs("sam", config)]);
  try {
    const found = await lookUp(ada, config, say);
    const made = await request(ada, found, say);
    const cursor = await untilWarehouseIsDone(ada, made, config, { say, patience });
    await approve(sam, made, say);
    await untilClosed(ada, made, cursor, { say, patience });
    await showBooks(made, config, { say, patience });
    await showAll(ada, made, say);
    return made;
  } finally {
    await Promise.all([ada.close(), sam.close()]);
  }
}

const chapter = (say: Say, title: string) => (say(""), say(title));

async function lookUp(ada: Person, config: Config, say: Say): Promise<Found> {
  const found = await findCase(ada, config);
  const { line, order, usedUp, caseNumber } = found;
  chapter(say, `Ada, in service, takes case ${caseNumber}: what the CRM, the ERP and the policy know of it.`);
  if (usedUp.length > 0) say(`  (${usedUp.join(", ")}: returned by an earlier demo.)`);
  const { data } = await ada.ask(contractDocument("service-ui/case-entry"), { caseNumber });
  const it = data.caseByNumber;
  if (!it) throw new Error(`The CRM has no case ${caseNumber}; was the sandbox seeded?`);
  say(`  "${it.subject}", ${it.customer.name}, ${it.order.number} ${it.order.status}`);
  for (const { status, lines } of it.order.shipments as any[])
    say(`  a parcel ${String(status).toLowerCase()}: ${lines.map(content).join(", ")}`);
  const { policyVersion, freshness } = order.returnEligibility;
  say(`  ${quantity(line.returnable)} of ${line.item?.sku} ${line.item?.name ?? ""} may come back`);
  say(`  until ${line.windowEndsAt.slice(0, 10)}, worth about ${money(line.estimatedCredit)}.`);
  say(`  Policy ${policyVersion}; ${freshness.system} at ${freshness.asOf.slice(11, 19)}.`);
  return found;
}

const content = (line: any): string => `${quantity(line.quantity)} ${line.sku}`;

async function request(ada: Person, { caseNumber, order, line }: Found, say: Say): Promise<Made> {
  chapter(say, `She requests the return in the case: ${quantity(line.returnable)}, damaged in transit.`);
  const wanted = {
    orderLineId: line.orderLineId,
    quantity: line.returnable,
    reasonCode: "DAMAGED_IN_TRANSIT",
    conditionCode: "DAMAGED",
  };
  const input = { idempotencyKey: randomUUID(), orderNumber: order.number, lines: [wanted] };
  const caseId = `crm.case:US01:${caseNumber}`;
  const payload = await ada.tell(contractDocument("service-ui/request-return"), { ...input, caseId });
  const { id, rmaNumber } = payload.return as Made;
  say(
    `  ${rmaNumber} (${id}), ${payload.operation.kind} ${payload.operation.status}. What follows comes over a WebSocket.`,
  );
  return { id, rmaNumber };
}

/** Follows the return while a warehouse plays it; gives the cursor of the last frame seen. */
async function untilWarehouseIsDone(ada: Person, made: Made, config: Config, telling: Telling): Promise<string> {
  const frames = ada.follow(contractDocument("service-ui/follow-return"), { returnId: made.id });
  await until(frames, "warehouse.instructed", telling);
  chapter(telling.say, "The sandbox's warehouse receives the goods and inspects them: grade D, damaged.");
  const playing = play(warehouses(config), { rmaNumber: made.rmaNumber, grade: GRADE });
  const [cursor] = await Promise.all([until(frames, "approval.requested", telling), playing]);
  await frames.return();
  return cursor;
}

function warehouses({ sandboxPort }: Config): string[] {
  return Object.keys(warehouseSites).flatMap((server) => sandboxAddress(server, sandboxPort) ?? []);
}

async function approve(sam: Person, made: Made, say: Say): Promise<void> {
  chapter(
    say,
    "Damaged goods of 250.00 or more need a supervisor. Meanwhile Ada's connection is gone; Sam looks into the inbox.",
  );
  const { data } = await sam.ask(contractDocument("service-ui/approvals-inbox"), {
    filter: { kind: ["DAMAGED_GOODS"], status: ["PENDING"] },
    first: 100,
  });
  const inbox = (data.approvals.edges as { node: any }[]).map(({ node }) => node);
  for (const { return: about, reasons } of inbox)
    say(`  ${about.rmaNumber}  ${reasons[0]?.message ?? ""}  ${about.customer?.name ?? ""}`);
  const approval = inbox.find((node) => node.return.id === made.id);
  if (!approval) throw new Error(`The inbox has no approval for ${made.rmaNumber}.`);
  const input = { idempotencyKey: randomUUID(), id: approval.id, decision: "APPROVE" };
  const payload = await sam.tell(contractDocument("service-ui/decide-approval"), input);
  say(`  Sam approves ${made.rmaNumber}: ${payload.approval.status} by ${payload.approval.decidedBy.displayName}.`);
}

async function untilClosed(ada: Person, made: Made, after: string, telling: Telling): Promise<void> {
  chapter(telling.say, "Ada is back and gets what she missed, in order and once, then what follows.");
  const frames = ada.follow(contractDocument("service-ui/follow-return"), { returnId: made.id, after });
  await until(frames, "return.closed", telling);
  await frames.return();
}

async function until(
  frames: AsyncGenerator<Frame, void>,
  type: string,
  { say, patience: { milestoneMs } }: Telling,
): Promise<string> {
  for (;;) {
    const frame = await nextMilestone(frames, type, milestoneMs);
    say(`  ${milestoneLine(frame)}`);
    if (frame.milestone.type === "exception.raised")
      throw new Error(`Somebody has to look after that first: ${frame.milestone.summary}`);
    if (frame.milestone.type === type) return frame.cursor;
  }
}

/** The next frame with a milestone; one without it only moves the cursor on. */
async function nextMilestone(frames: AsyncGenerator<Frame, void>, awaited: string, ms: number): Promise<Frame> {
  const inVain = Promise.withResolvers<never>();
  const giveUp = () => inVain.reject(new Error(`Nothing came for ${ms / 1_000} s, not ${awaited}.`));
  const timer = setTimeout(giveUp, ms);
  try {
    for (;;) {
      const { value: frame } = await Promise.race([frames.next(), inVain.promise]);
      if (!frame) throw new Error(`The stream ended before ${awaited}.`);
      if (frame.milestone) return frame;
    }
  } finally {
    clearTimeout(timer);
  }
}

async function showBooks({ rmaNumber }: Made, { sandboxPort }: Config, { say, patience }: Telling): Promise<void> {
  chapter(say, "What the ERP has of it, from its own ledger, and the CRM:");
  for (const document of await erpDocumentsOf(rmaNumber, sandboxPort)) say(`  ${erpLine(document)}`);
  const told = await toldCrm(rmaNumber, sandboxPort, patience.crmMs);
  if (told) say(`  ${crmLine(told)}`);
}

/** The CRM hears of everything, a moment later: nobody waits for it but who wants to show it. */
async function toldCrm(rmaNumber: string, sandboxPort: number, ms: number): Promise<CrmReturn | undefined> {
  for (const deadline = Date.now() + ms; ; await pause(100)) {
    const told = await crmReturnOf(rmaNumber, sandboxPort);
    if (told?.Status__c === "CLOSED" || Date.now() > deadline) return told;
  }
}

async function showAll(ada: Person, { id }: Made, say: Say): Promise<void> {
  chapter(say, "And the one view of it, from every system:");
  const { data, errors } = await ada.ask(contractDocument("service-ui/unified-return"), { id });
  for (const line of unifiedView(data.return)) say(`  ${line}`);
  const notBuilt = errors?.filter(({ extensions }) => extensions?.code === "NOT_AVAILABLE") ?? [];
  const fields = new Set(notBuilt.map(({ path }) => path?.filter((step) => typeof step === "string").join(".")));
  if (fields.size > 0) say(`  ${"not built yet".padEnd(14)}  ${[...fields].join(", ")}`);
}
