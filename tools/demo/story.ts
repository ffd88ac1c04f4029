import { randomUUID } from "node:crypto";
import { play } from "#sandbox/play.ts";
import { warehouseSites } from "#sandbox/wms-json/sites.ts";
import type { Config } from "#shared/config.ts";
import { sandboxAddress } from "#shared/sandbox-address.ts";
import { contractDocument } from "#tools/client/documents.ts";
import { erpDocumentsOf, erpLine } from "#tools/client/erp-ledger.ts";
import { connectAs, type Frame, type Person } from "#tools/client/gateway.ts";
import { milestoneLine, money, quantity } from "#tools/client/say.ts";
import { findOrder, type Found } from "./orders.ts";
import { unifiedView } from "./unified-view.ts";

const PATIENCE_MS = 60_000;

type Say = (line: string) => void;
type Made = { id: string; rmaNumber: string };

/** Plays the README's story against the running system and says what happens; throws a sentence where it can't go on. */
export async function playStory(config: Config, say: Say): Promise<Made> {
  const [ada, fin] = await Promise.all([connectAs("ada", config), connectAs("fin", config)]);
  try {
    const found = await lookUp(ada, say);
    const made = await request(ada, found, say);
    const cursor = await untilWarehouseIsDone(ada, made, config, say);
    await approve(fin, made, say);
    await untilClosed(ada, made, cursor, say);
    await showMemo(made, config, say);
    await showAll(ada, made, say);
    return made;
  } finally {
    await Promise.all([ada.close(), fin.close()]);
  }
}

const chapter = (say: Say, title: string) => (say(""), say(title));

async function lookUp(ada: Person, say: Say): Promise<Found> {
  chapter(say, "Ada, in service, has a customer on the line and asks the ERP what may come back.");
  const found = await findOrder(ada);
  const { line, number, usedUp, freshness } = found;
  if (usedUp.length > 0) say(`  (${usedUp.join(", ")}: returned by an earlier demo.)`);
  say(
    `  ${number}: ${quantity(line.returnable)} of ${line.item?.sku} ${line.item?.name ?? ""} may come back until ${found.windowEndsAt.slice(0, 10)},`,
  );
  say(
    `  worth about ${money(line.estimatedCredit)}. Policy ${found.policyVersion}; ${freshness.system} at ${freshness.asOf.slice(11, 19)}.`,
  );
  return found;
}

async function request(ada: Person, { number, line }: Found, say: Say): Promise<Made> {
  chapter(say, `She requests the return: ${quantity(line.returnable)}, the wrong goods were shipped.`);
  const wanted = {
    orderLineId: line.orderLineId,
    quantity: line.returnable,
    reasonCode: "WRONG_SHIPMENT",
    conditionCode: "UNOPENED",
  };
  const input = { idempotencyKey: randomUUID(), orderNumber: number, lines: [wanted] };
  const payload = await ada.tell(contractDocument("service-ui/request-return"), input);
  const { id, rmaNumber } = payload.return as Made;
  say(
    `  ${rmaNumber} (${id}), ${payload.operation.kind} ${payload.operation.status}. What follows comes over a WebSocket.`,
  );
  return { id, rmaNumber };
}

/** Follows the return while a warehouse plays it; gives the cursor of the last frame seen. */
async function untilWarehouseIsDone(ada: Person, made: Made, config: Config, say: Say): Promise<string> {
  const frames = ada.follow(contractDocument("service-ui/follow-return"), { returnId: made.id });
  await until(frames, "warehouse.instructed", say);
  chapter(say, "The sandbox's warehouse receives the goods and inspects them: grade A, as new.");
  const playing = play(warehouses(config), { rmaNumber: made.rmaNumber });
  const [cursor] = await Promise.all([until(frames, "approval.requested", say), playing]);
  await frames.return();
  return cursor;
}

function warehouses({ sandboxPort }: Config): string[] {
  return Object.keys(warehouseSites).flatMap((server) => sandboxAddress(server, sandboxPort) ?? []);
}

async function approve(fin: Person, made: Made, say: Say): Promise<void> {
  chapter(
    say,
    "A credit of 1,000.00 or more needs finance. Meanwhile Ada's connection is gone; Fin looks into the inbox.",
  );
  const { data } = await fin.ask(contractDocument("service-ui/approvals-inbox"), {
    filter: { kind: ["HIGH_VALUE_CREDIT"], status: ["PENDING"] },
    first: 100,
  });
  const inbox = (data.approvals.edges as { node: any }[]).map(({ node }) => node);
  for (const { return: about, amount, tier } of inbox)
    say(`  ${about.rmaNumber}  ${money(amount).padStart(16)}  tier ${tier}  ${about.customer?.name ?? ""}`);
  const approval = inbox.find((node) => node.return.id === made.id);
  if (!approval) throw new Error(`The inbox has no approval for ${made.rmaNumber}.`);
  const input = { idempotencyKey: randomUUID(), id: approval.id, decision: "APPROVE" };
  const payload = await fin.tell(contractDocument("service-ui/decide-approval"), input);
  say(`  Fin approves ${made.rmaNumber}: ${payload.approval.status} by ${payload.approval.decidedBy.displayName}.`);
}

async function untilClosed(ada: Person, made: Made, after: string, say: Say): Promise<void> {
  chapter(say, "Ada is back and gets what she missed, in order and once, then what follows.");
  const frames = ada.follow(contractDocument("service-ui/follow-return"), { returnId: made.id, after });
  await until(frames, "return.closed", say);
  await frames.return();
}

async function until(frames: AsyncGenerator<Frame, void>, type: string, say: Say): Promise<string> {
  for (;;) {
    const frame = await nextMilestone(frames, type);
    say(`  ${milestoneLine(frame)}`);
    if (frame.milestone.type === "exception.raised")
      throw new Error(`Somebody has to look after that first: ${frame.milestone.summary}`);
    if (frame.milestone.type === type) return frame.cursor;
  }
}

/** The next frame with a milestone; one without it only moves the cursor on. */
async function nextMilestone(frames: AsyncGenerator<Frame, void>, awaited: string): Promise<Frame> {
  const inVain = Promise.withResolvers<never>();
  const timer = setTimeout(() => inVain.reject(new Error(`Nothing came for a minute, not ${awaited}.`)), PATIENCE_MS);
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

async function showMemo({ rmaNumber }: Made, { sandboxPort }: Config, say: Say): Promise<void> {
  chapter(say, "What the ERP has of it, from its own ledger:");
  for (const document of await erpDocumentsOf(rmaNumber, sandboxPort)) say(`  ${erpLine(document)}`);
}

async function showAll(ada: Person, { id }: Made, say: Say): Promise<void> {
  chapter(say, "And the one view of it, from every system:");
  const { data, errors } = await ada.ask(contractDocument("service-ui/unified-return"), { id });
  for (const line of unifiedView(data.return)) say(`  ${line}`);
  const notBuilt = errors?.filter(({ extensions }) => extensions?.code === "NOT_AVAILABLE") ?? [];
  const fields = new Set(notBuilt.map(({ path }) => path?.filter((step) => typeof step === "string").join(".")));
  if (fields.size > 0) say(`  ${"not built yet".padEnd(14)}  ${[...fields].join(", ")}`);
}
