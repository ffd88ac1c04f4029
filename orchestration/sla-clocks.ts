import { afterBusinessHours, afterDays, HOURS_A_DAY } from "#shared/business-hours.ts";
import type { Role } from "#shared/caller.ts";
import { categoryOf, isExceptionCode } from "#shared/exception-codes.ts";
import { fullyInspected, lineById, toStockIn, undisposed } from "./goods.ts";
import { turnOf } from "./next-step.ts";
import { hasReceipt, parcelStateOf } from "./parcels.ts";
import {
  authorizedOf,
  creditedUnits,
  postedCredits,
  receivedShares,
  replacedShares,
  settledWithMoney,
} from "./quantities.ts";
import { dueSince } from "./replacement-due-since.ts";
import type { InspectionState, LineState, ReceiptState, ReplacementState, ReturnState } from "./return-state.ts";
import { dispositionsOf, isWithoutGoods, undecidedQuantity } from "./status.ts";

// How long each stage of a return takes, and may take (vocabulary section 9). Told by the facts alone; what is late is a fact too (watching-clocks.ts).

export type Stage =
  | "AUTHORIZATION"
  | "APPROVAL"
  | "SHIP_BACK"
  | "TRANSIT"
  | "RECEIPT"
  | "STOCK_POSTING"
  | "INSPECTION"
  | "DISPOSITION"
  | "CREDIT"
  | "REPLACEMENT"
  | "QUARANTINE"
  | "EXCEPTION";
export type ClockStatus = "RUNNING" | "AT_RISK" | "PAUSED" | "MET" | "BREACHED";
export type Clock = { stage: Stage; owner: string; startedAt: string; dueAt: string; status: ClockStatus };

/** A stage of one thing: a parcel, a receipt, a credit. `endedAt` is null where it ended and no fact says when. */
export type Span = {
  /** Names it among the clocks of the return. */
  clock: string;
  stage: Stage;
  /** As people read it; `role` has the task. */
  owner: string;
  role: Role;
  startedAt: string;
  isOver: boolean;
  endedAt: string | null;
  /** The site where the work is done; null: the company. */
  warehouse: string | null;
  /** Where the fact that started it said by when. */
  dueAt?: string;
};

type Time = { hours: number } | { days: number };
const day = HOURS_A_DAY;
/** Business hours where it is `hours`, calendar days where it is `days`. */
const times: Record<Stage, { time: Time; owner: string; role: Role }> = {
  AUTHORIZATION: { time: { hours: day }, owner: "service", role: "service" },
  APPROVAL: { time: { hours: 2 * day }, owner: "supervisor", role: "supervisor" },
  SHIP_BACK: { time: { days: 14 }, owner: "customer", role: "service" },
  TRANSIT: { time: { days: 7 }, owner: "carrier", role: "service" },
  RECEIPT: { time: { hours: day }, owner: "warehouse", role: "warehouse" },
  STOCK_POSTING: { time: { hours: 4 }, owner: "operations", role: "operations" },
  INSPECTION: { time: { hours: 2 * day }, owner: "warehouse", role: "warehouse" },
  DISPOSITION: { time: { hours: 2 * day }, owner: "warehouse", role: "warehouse" },
  CREDIT: { time: { hours: 2 * day }, owner: "finance", role: "finance" },
  REPLACEMENT: { time: { hours: day }, owner: "service", role: "service" },
  QUARANTINE: { time: { hours: 10 * day }, owner: "warehouse", role: "warehouse" },
  EXCEPTION: { time: { hours: day }, owner: "operations", role: "operations" },
};

/** All clocks that ever ran, in the order of the stages. */
export function slaClocks(state: ReturnState, now: Date): Clock[] {
  const isPaused = pausesOf(state);
  return spansOf(state).map((span) => {
    const { stage, owner, startedAt } = span;
    const status = statusOf(state, span, { now, isPaused: isPaused(span) });
    return { stage, owner, startedAt, dueAt: dueOf(state, span), status };
  });
}

/** When `share` of the time of a stage is over; 1 is its due time. */
export function dueOf({ companyId }: ReturnState, { stage, startedAt, warehouse, dueAt }: Span, share = 1): string {
  const start = new Date(startedAt);
  if (dueAt) return new Date(start.getTime() + share * (Date.parse(dueAt) - start.getTime())).toISOString();
  const { time } = times[stage];
  return "days" in time
    ? afterDays(start, share * time.days)
    : afterBusinessHours({ companyId, warehouse }, start, share * time.hours);
}

const AT_RISK = 0.8;

function statusOf(state: ReturnState, span: Span, { now, isPaused }: { now: Date; isPaused: boolean }): ClockStatus {
  const told = toldOf(state, span) > 0;
  if (span.isOver) {
    const late = span.endedAt === null ? told : Date.parse(span.endedAt) > Date.parse(dueOf(state, span));
    return late ? "BREACHED" : "MET";
  }
  if (told) return "BREACHED";
  if (isPaused) return "PAUSED";
  const isPast = (share: number) => Date.parse(dueOf(state, span, share)) <= now.getTime();
  if (isPast(1)) return "BREACHED";
  return isPast(AT_RISK) ? "AT_RISK" : "RUNNING";
}

/** How often it was told that a stage is late: once to its owner, then one level up each time. */
export const toldOf = ({ breaches = [] }: ReturnState, { clock }: Span): number =>
  breaches.find((breach) => breach.clock === clock)?.level ?? 0;

/** Whether nobody of ours can go on with a stage: the return is held, or it is the customer's turn. */
export function pausesOf(state: ReturnState): (span: Span) => boolean {
  const customers = turnOf(state).waitingOn?.party === "CUSTOMER";
  return ({ owner }) => state.hold !== null || (customers && owner !== "customer");
}

/** Owner, supervisor, operations. */
export const LEVELS = 3;

/** When the next late stage is to be told of; null while nothing runs. */
export function nextTelling(state: ReturnState): string | null {
  const running = spansOf(state).filter((span) => !span.isOver && toldOf(state, span) < LEVELS);
  if (running.length === 0) return null;
  const isPaused = pausesOf(state);
  const due = running.filter((span) => !isPaused(span)).map((span) => dueOf(state, span, toldOf(state, span) + 1));
  return due.toSorted().at(0) ?? null;
}

/** Whether a stage that runs is known to be late. */
export const isBreached = (state: ReturnState): boolean =>
  (state.breaches ?? []).length > 0 && spansOf(state).some((span) => !span.isOver && toldOf(state, span) > 0);

export const spansOf = (state: ReturnState): Span[] => [
  ...authorization(state),
  ...state.approvals.flatMap((approval) => approvalSpan(approval)),
  ...shipBack(state),
  ...state.labels.flatMap((label) => parcelSpans(state, label)),
  ...state.receipts.flatMap((receipt) => receiptSpans(state, receipt)),
  ...state.replacements.flatMap((replacement) => replacementSpan(state, replacement)),
  ...state.inspections.flatMap((inspection) => dispositionSpan(state, inspection)),
  ...state.exceptions.flatMap((task) => exceptionSpan(task)),
];

type Running = { subject: string; startedAt: string; endedAt: string | null; isOver?: boolean };

function span(stage: Stage, running: Running, more: Partial<Span> = {}): Span {
  const { subject, startedAt, endedAt, isOver = endedAt !== null } = running;
  const { owner, role } = times[stage];
  return { clock: `${stage}:${subject}`, stage, owner, role, startedAt, isOver, endedAt, warehouse: null, ...more };
}

const last = (moments: readonly (string | null)[]): string | null =>
  moments
    .filter((moment) => moment !== null)
    .toSorted((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1) ?? null;
const first = (moments: readonly (string | null)[]): string | null =>
  moments
    .filter((moment) => moment !== null)
    .toSorted((a, b) => Date.parse(a) - Date.parse(b))
    .at(0) ?? null;

/** Lines that were added later have a clock of their own. */
function authorization({ id, requestedAt, lines }: ReturnState): Span[] {
  return [...Map.groupBy(lines, ({ addedAt = null }) => addedAt)].map(([addedAt, together]) => {
    const isOver = together.every((line) => undecidedQuantity(line).lte(0));
    const endedAt = isOver ? last(together.map(({ authorizedAt }) => authorizedAt)) : null;
    const subject = addedAt ? together[0]!.id : id;
    return span("AUTHORIZATION", { subject, startedAt: addedAt ?? requestedAt, endedAt, isOver });
  });
}

/** One that fell away, or was asked again, was never decided. */
function approvalSpan({ approvalId, status, requestedAt, decidedAt, requiredRole }: ReturnState["approvals"][number]) {
  if (status === "VOIDED" || status === "EXPIRED") return [];
  const role = requiredRole as Role;
  const running = { subject: approvalId, startedAt: requestedAt, endedAt: decidedAt, isOver: status !== "PENDING" };
  return [span("APPROVAL", running, { owner: role, role })];
}

/** From the authorization until the first parcel, or goods without one, are on their way. */
function shipBack(state: ReturnState): Span[] {
  const due = state.lines.filter((line) => line.authorizedAt !== null && !isWithoutGoods(line));
  const startedAt = first(due.map(({ authorizedAt }) => authorizedAt));
  if (!startedAt) return [];
  const parcels = state.labels.flatMap(({ events }) => events.map(({ at }) => at));
  const endedAt = first([...parcels, ...state.receipts.map(({ receivedAt }) => receivedAt)]);
  const isOver = endedAt !== null || due.every((line) => authorizedOf(line).lte(0));
  return [span("SHIP_BACK", { subject: state.id, startedAt, endedAt, isOver })];
}

function parcelSpans(state: ReturnState, label: ReturnState["labels"][number]): Span[] {
  const moments = label.events.map(({ at }) => at);
  const startedAt = first(moments);
  if (!startedAt) return [];
  const at = parcelStateOf(label);
  const arrived = hasReceipt(state, label);
  const delivered = last(label.events.filter(({ code }) => code === "DELIVERED").map((event) => event.at));
  const receipt = first(
    state.receipts
      .filter(({ trackingNumber }) => trackingNumber === null || trackingNumber === label.issued?.trackingNumber)
      .map(({ receivedAt }) => receivedAt),
  );
  const isMoving = at === "IN_TRANSIT" && !arrived;
  const transit = span("TRANSIT", {
    subject: label.labelId,
    startedAt,
    endedAt: isMoving ? null : (delivered ?? receipt ?? last(moments)),
    isOver: !isMoving,
  });
  if (!delivered) return [transit];
  const { warehouse } = state;
  const received = { subject: label.labelId, startedAt: delivered, endedAt: arrived ? receipt : null, isOver: arrived };
  return [transit, span("RECEIPT", received, { warehouse })];
}

function receiptSpans(state: ReturnState, receipt: ReceiptState): Span[] {
  const { id: subject, receivedAt: startedAt, warehouse } = receipt;
  const inspections = inspectionsOf(state, receipt);
  if (!receipt.lines.some(({ returnLineId }) => lineById(state, returnLineId))) return [];
  const isInspected = fullyInspected(state, receipt);
  const inspectedAt = isInspected ? (last(inspections.map((one) => one.inspectedAt)) ?? startedAt) : null;
  const moved = isInspected && inspections.every((one) => isSettled(state, one));
  const at = { warehouse };
  return [
    ...stockPosting(state, receipt),
    span("INSPECTION", { subject, startedAt, endedAt: inspectedAt }, at),
    ...creditSpan(state, receipt, inspectedAt),
    span(
      "QUARANTINE",
      { subject, startedAt, endedAt: moved ? lastExecuted(state, inspections) : null, isOver: moved },
      at,
    ),
  ];
}

const inspectionsOf = ({ inspections }: ReturnState, { lines }: ReceiptState): InspectionState[] =>
  inspections.filter(
    ({ superseded, receiptLineId }) => !superseded && lines.some((line) => line.receiptLineId === receiptLineId),
  );

/** What was decided about all of its units is done. */
const isSettled = (state: ReturnState, inspection: InspectionState): boolean =>
  undisposed(state, inspection).lte(0) &&
  dispositionsOf(state, inspection.inspectionId).every(({ executedAt }) => executedAt !== null);

const lastExecuted = (state: ReturnState, inspections: readonly InspectionState[]): string | null =>
  last(
    inspections.flatMap(({ inspectionId }) => dispositionsOf(state, inspectionId).map(({ executedAt }) => executedAt)),
  );

/** Where the ERP takes goods in before their credit; elsewhere they come with it (D-02). */
function stockPosting(state: ReturnState, { id: subject, receivedAt: startedAt, lines }: ReceiptState): Span[] {
  if (!state.erpAuthorization) return [];
  const isOver = lines.every((line) => toStockIn(state, line).lte(0));
  const posted = state.postings.filter(({ kind, receiptId }) => kind === "STOCK_IN" && receiptId === subject);
  const endedAt = isOver ? last(posted.map(({ postedAt }) => postedAt)) : null;
  return [span("STOCK_POSTING", { subject, startedAt, endedAt, isOver })];
}

/** Until all that was accepted of a receipt is credited, or somebody has declined that; for goods that others go out for no credit is due. */
function creditSpan(state: ReturnState, { id: subject, lines }: ReceiptState, startedAt: string | null): Span[] {
  if (!startedAt) return [];
  const due = state.lines
    .filter(settledWithMoney)
    .flatMap((line) => creditableShares(state, line))
    .filter(({ receiptId, units }) => receiptId === subject && units.gt(0));
  if (due.length === 0) return [];
  const posted = postedCredits(state);
  const isPaid = due.every(({ receiptLineId, units }) => creditedUnits(posted, { receiptLineId }).gte(units));
  const ofReceipt = state.credits.filter((credit) =>
    credit.lines.some(({ receiptLineId }) => lines.some((line) => line.receiptLineId === receiptLineId)),
  );
  const isDeclined = ofReceipt.at(-1)?.status === "DECLINED";
  const endedAt = isPaid ? last(ofReceipt.map(({ postedAt }) => postedAt)) : null;
  return [span("CREDIT", { subject, startedAt, endedAt, isOver: isPaid || isDeclined })];
}

/** What was accepted of each receipt line and does not go out again. */
function creditableShares(state: ReturnState, line: LineState) {
  const shares = receivedShares(state, line);
  const replaced = replacedShares(state, line, shares);
  return shares.map(({ receiptLine: { receiptId, receiptLineId }, accepted }) => {
    const units = accepted.sub(replaced.get(receiptLineId)!.replaced);
    return { receiptId, receiptLineId, units };
  });
}

/** From when it is due, not from when it was asked for. One that was given up before it was ordered was never due. */
function replacementSpan(state: ReturnState, replacement: ReplacementState): Span[] {
  const { replacementId: subject, status, orderedAt } = replacement;
  if (status === "CANCELLED" && orderedAt === null) return [];
  const startedAt = first([dueSince(state, replacement), orderedAt]);
  return startedAt === null ? [] : [span("REPLACEMENT", { subject, startedAt, endedAt: orderedAt })];
}

function dispositionSpan(state: ReturnState, inspection: InspectionState): Span[] {
  if (inspection.superseded) return [];
  const standing = dispositionsOf(state, inspection.inspectionId);
  const isOver = isSettled(state, inspection);
  if (isOver && standing.length === 0) return [];
  const { inspectionId: subject, inspectedAt: startedAt } = inspection;
  const endedAt = isOver ? lastExecuted(state, [inspection]) : null;
  const warehouse = standing[0]?.warehouse ?? state.warehouse;
  return [span("DISPOSITION", { subject, startedAt, endedAt, isOver }, { warehouse })];
}

/** A task about a late stage is no stage of its own. */
function exceptionSpan({ exceptionId, code, owner, raisedAt, dueAt, status }: ReturnState["exceptions"][number]) {
  if (isExceptionCode(code) && categoryOf(code) === "SLA") return [];
  const running = { subject: exceptionId, startedAt: raisedAt, endedAt: null, isOver: status === "RESOLVED" };
  return [span("EXCEPTION", running, { owner, role: owner as Role, dueAt })];
}
