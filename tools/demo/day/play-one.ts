import { contractDocument } from "#tools/client/documents.ts";
import { Refused } from "#tools/client/gateway.ts";
import { randomUUID } from "node:crypto";
import type { Chosen } from "./choose.ts";
import { putAway } from "./deeds.ts";
import { type Cast, type Drive, lookAt, openApprovals, openTasks, tell } from "./drive.ts";
import { watchReturn } from "./watch.ts";

export type Parts = {
  people: Cast;
  sandbox: Drive["sandbox"];
  told: (type: string) => void;
  patienceMs: number;
};
/** What came of one return of the day: `made` is null where nothing was created; `trouble` says what could not be done. */
export type Played = Chosen & { made: { id: string; rmaNumber: string } | null; trouble: string | null };

/** Plays one return as its kind says, to where the kind ends. Never throws: what went wrong is said. */
export async function playOne(chosen: Chosen, parts: Parts): Promise<Played> {
  try {
    const made = await request(chosen, parts);
    parts.told("requested");
    return { ...chosen, made, trouble: await drive(chosen, made, parts) };
  } catch (error) {
    const isExpected = error instanceof Refused && chosen.kind.ends === "REFUSED";
    if (isExpected) parts.told("refused");
    return { ...chosen, made: null, trouble: isExpected ? null : (error as Error).message };
  }
}

async function request({ kind, goods, quantity, before }: Chosen, { people, sandbox }: Parts) {
  const person = goods.companyId === "EU03" ? people.sam : people.ada;
  const line = {
    orderLineId: goods.orderLineId,
    quantity: { value: String(quantity), unit: goods.unit },
    reasonCode: kind.reasonCode ?? "WRONG_SHIPMENT",
    ...(goods.serialNumbers.length > 0 ? { serialNumbers: goods.serialNumbers.slice(before, before + quantity) } : {}),
    ...(kind.exception ? { requestException: true } : {}),
  };
  const { companyId, order: orderNumber, customer: customerNumber } = goods;
  const opened = kind.inCase && (await sandbox("salesforce")("openCase", { customerNumber, orderNumber }));
  const payload = await person.tell(contractDocument("service-ui/request-return"), {
    idempotencyKey: randomUUID(),
    orderNumber,
    companyId,
    lines: [line],
    ...(opened ? { caseId: `crm.case:${companyId}:${opened.number}` } : {}),
    ...(kind.exception ? { note: kind.exception } : {}),
  });
  return payload.return as { id: string; rmaNumber: string };
}

/** Does the kind's deeds, while approvers and the warehouse's people do theirs; gives what went wrong. */
async function drive({ kind, goods, quantity }: Chosen, made: { id: string; rmaNumber: string }, parts: Parts) {
  const { people, sandbox, told, patienceMs } = parts;
  const watch = watchReturn({ person: people.sam, returnId: made.id, told, patienceMs });
  const one: Drive = { ...watch, ...made, goods, quantity, people, sandbox };
  const meanwhile = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => {
      if (!watch.over.aborted) throw error;
    });
  const putsAway = Promise.withResolvers<void>();
  const main = async () => {
    if (!kind.putAwayAfter) putsAway.resolve();
    for (const deed of kind.deeds) await deed(one);
    putsAway.resolve();
    await ended(one, kind.ends);
  };
  const others = [decideApprovals(one, kind.says ?? {}), putsAway.promise.then(() => putAway(one))].map(meanwhile);
  try {
    await Promise.race([main(), ...others.map((work) => work.then(() => new Promise<never>(() => undefined)))]);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    watch.end();
    putsAway.resolve();
    await Promise.allSettled(others);
  }
}

const LOOK_AGAIN_MS = 2_000;
const QUIET_MS = 45_000;
/** Milestones that say by themselves how a return ends. */
const ends: Record<string, string> = {
  CLOSED: "return.closed",
  CANCELLED: "return.cancelled",
  REFUSED: "return.declined",
  DECLINED: "return.declined",
};

/** Until it is where it should be; or until nothing has happened for a while and somebody has something to do that nobody of the day does. */
async function ended(drive: Drive, end: string): Promise<void> {
  const milestone = ends[end];
  for (let quiet = 0; ; quiet = (await drive.next(LOOK_AGAIN_MS)) ? quiet + LOOK_AGAIN_MS : 0) {
    if (milestone && drive.seen(milestone) > 0) return;
    const isQuiet = quiet >= QUIET_MS;
    const open = milestone && !isQuiet ? [] : await openOf(drive);
    if (open.includes(end) || (isQuiet && open.length > 0)) return;
  }
}

/** What people are asked to do with it. */
async function openOf(drive: Drive): Promise<string[]> {
  const seen = await lookAt(drive);
  return [...openTasks(seen).map(({ code }) => code), ...openApprovals(seen).map(({ kind }) => kind)];
}

const deciders: Record<string, "sam" | "fin"> = { supervisor: "sam", finance: "fin" };

/** Supervisor and finance look into their inboxes; what somebody decided meanwhile, or who asked himself may not decide, stays as it is. */
async function decideApprovals(drive: Drive, says: Record<string, "DECLINE" | "LEAVE">): Promise<void> {
  for (let asked = 1; ; asked += 1) {
    await drive.until("approval.requested", asked);
    for (const { id, kind, requiredRole } of openApprovals(await lookAt(drive))) {
      const decision = says[kind] ?? "APPROVE";
      const who = deciders[requiredRole];
      if (decision === "LEAVE" || !who) continue;
      const note = decision === "DECLINE" ? { note: "Not this time." } : {};
      await tell(drive.people[who], "decide-approval", { id, decision, ...note }).catch((error: unknown) => {
        if (!(error instanceof Refused)) throw error;
      });
    }
  }
}
