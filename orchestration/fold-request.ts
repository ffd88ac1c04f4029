import { fromBase, formatBase, toBase } from "#shared/quantity.ts";
import { addBase, base, isPositive, lesserBase, restBase, subtractBase } from "./base-quantity.ts";
import type { Amount, AuthorizedLine, EvaluatedLine, Fact, FactData, RequestedLine } from "./facts-vocabulary.ts";
import { changeLines, changeOne, confirmed, withSystem, type HandlersOf } from "./fold-handlers.ts";
import { decidedBy } from "./goods.ts";
import { authorizedOf } from "./quantities.ts";
import type { AdditionState, LineState, ReturnState } from "./return-state.ts";

// From the request to the warehouse's instruction.

export function openReturn(data: FactData["return.requested"], fact: Fact): ReturnState {
  const { lines, caseId, note, ...request } = data;
  return {
    id: fact.returnId,
    version: fact.version,
    ...request,
    note: note ?? null,
    correlationId: fact.correlationId,
    requestedBy: fact.actor,
    requestedAt: fact.occurredAt,
    updatedAt: fact.recordedAt,
    expiresAt: null,
    closedAt: null,
    reopened: false,
    policyVersion: null,
    hold: null,
    cancelRequested: null,
    awaitingErp: null,
    warehouse: null,
    authorizedVersion: null,
    warehouseVersion: null,
    instruction: null,
    erpAuthorization: null,
    additions: [],
    caseIds: caseId ? [{ caseId, originating: true }] : [],
    lines: lines.map(openLine),
    labels: [],
    receipts: [],
    inspections: [],
    dispositions: [],
    discrepancies: [],
    postings: [],
    credits: [],
    replacements: [],
    notifications: [],
    approvals: [],
    exceptions: [],
    ambiguous: {},
    undone: {},
    systems: [],
  };
}

/** A line as it is asked for, before policy knows of it. */
export function openLine({ lineId, quantity, ...asked }: RequestedLine): LineState {
  return {
    ...asked,
    id: lineId,
    requestedQuantity: quantity,
    evaluated: null,
    posted: null,
    unit: quantity.unit,
    unitFactor: "1",
    requested: toBase(quantity.value, "1"),
    granted: "0",
    amendedUp: "0",
    cancelled: "0",
    expired: "0",
    shortClosed: "0",
    grantedAfterShortClose: "0",
    pendingIncrease: "0",
    declined: null,
    authorizedAt: null,
  };
}

export const foldRequest: HandlersOf<
  | "return.awaiting-erp"
  | "policy.evaluated"
  | "return.authorized"
  | "return.declined"
  | "return.amended"
  | "return.held"
  | "return.released"
  | "return.cancel-requested"
  | "return.cancelled"
  | "return.expired"
  | "return.closed"
  | "return.reopened"
  | "erp-authorization.created"
  | "erp-authorization.amended"
  | "erp-authorization.exceeded"
  | "erp-authorization.deleted"
  | "warehouse.chosen"
  | "warehouse.instructed"
  | "warehouse.instruction-withdrawn"
  | "case.linked"
  | "partner.reported"
  | "partner.report-read"
  | "customer.notified"
  | "customer.notification-failed"
> = {
  "return.awaiting-erp": (state, { since }) => ({ ...state, awaitingErp: { since } }),

  "policy.evaluated": (state, { lines, policyVersion, ...customer }, fact) => ({
    ...changeLines(state, lines, evaluate, fact),
    ...customer,
    policyVersion,
    awaitingErp: null,
  }),

  "return.authorized": (state, { lines, expiresAt, policyVersion, over }, fact) => ({
    ...changeLines(state, lines, (line, { quantity }) => grant(line, quantity, fact), fact),
    expiresAt,
    policyVersion,
    ...(over
      ? { additions: [...state.additions, ...addition(lines, over, fact)] }
      : { authorizedVersion: fact.version, ...(isTold(state) && { amendedVersion: fact.version }) }),
  }),

  "return.declined": (state, { lines, policyVersion }, fact) => ({
    ...changeLines(
      state,
      lines,
      (line, { reason, ruleId }) => (line.authorizedAt ? { pendingIncrease: "0" } : { declined: { reason, ruleId } }),
      fact,
    ),
    policyVersion,
    awaitingErp: null,
  }),

  "return.amended": (state, { lines, resolution, note, added = [], addressId }, fact) => {
    const changed = changeLines(
      state,
      lines,
      (line, { quantity, reasonCode }) => ({
        ...(!line.authorizedAt && { evaluated: null }),
        ...(quantity && amend(line, quantity)),
        ...(reasonCode && { reasonCode }),
        ...(line.authorizedAt && { amendedVersion: fact.version }),
      }),
      fact,
    );
    const amended = {
      ...changed,
      ...(note ? { note } : {}),
      ...(addressId && { addressId }),
      ...((lines.length > 0 || addressId) && { amendedVersion: fact.version }),
      amendedBy: [...(state.amendedBy ?? []), fact.actor.id],
    };
    const old = resolution ? amended.lines.map((line) => ({ ...line, resolution })) : amended.lines;
    const more = added.map((line) => ({ ...openLine(line), addedAt: fact.occurredAt }));
    return { ...amended, ...(resolution && { resolution }), lines: [...old, ...more] };
  },

  "return.held": (state, { reason }, { occurredAt }) => ({ ...state, hold: { reason, since: occurredAt } }),
  "return.released": (state) => ({ ...state, hold: null }),
  "return.cancel-requested": (state, { reason }, { occurredAt }) => ({
    ...state,
    cancelRequested: { reason, since: occurredAt },
  }),

  "return.cancelled": (state, { lines }, fact) => ({
    ...changeLines(
      state,
      lines,
      (line, { quantity }) => ({ cancelled: addBase(line.cancelled, quantity.base), pendingIncrease: "0" }),
      fact,
    ),
    cancelRequested: null,
  }),

  "return.expired": (state, { lines }, fact) =>
    changeLines(
      state,
      lines,
      (line, { quantity }) => ({ expired: addBase(line.expired, quantity.base), pendingIncrease: "0" }),
      fact,
    ),

  "return.closed": (state, _, { occurredAt }) => ({ ...state, closedAt: occurredAt, reopened: false }),
  "return.reopened": (state) => ({ ...state, closedAt: null, reopened: true }),

  "erp-authorization.created": (state, { transactionKey, documentId, number, lines }, fact) => ({
    ...confirmed(state, transactionKey, number, fact),
    erpAuthorization: {
      ...{ transactionKey, documentId, number, fixed: false, deleted: false, lines: byLine(lines) },
      ...askedOf(lines),
    },
  }),

  "erp-authorization.amended": (state, { transactionKey, change, documentId, number, lines }, fact) => {
    if (change === "QUANTITY") return addAuthorization(state, { transactionKey, documentId, number, lines }, fact);
    if (change === "CHANGED") return changeAuthorization(state, { transactionKey, documentId, number, lines }, fact);
    const before = state.erpAuthorization;
    return {
      ...confirmed(state, transactionKey, number, fact),
      erpAuthorization: {
        transactionKey: before?.transactionKey ?? transactionKey,
        documentId,
        number,
        fixed: true,
        deleted: false,
        lines: { ...before?.lines, ...byLine(lines) },
        ...(before?.asked && { asked: before.asked }),
      },
    };
  },

  "erp-authorization.exceeded": (state, { receiptLineId, lineId, quantity }, { version }) => ({
    ...state,
    additions: [
      ...state.additions,
      { version, approvalId: null, lineId, receiptLineId, base: quantity.base, authorization: null },
    ],
  }),

  "erp-authorization.deleted": (state, { transactionKey }) => ({
    ...withSystem(state, transactionKey, { syncStatus: "COMPENSATED" }),
    erpAuthorization: state.erpAuthorization && { ...state.erpAuthorization, deleted: true },
  }),

  "warehouse.chosen": (state, { warehouse }, { version }) => ({ ...state, warehouse, warehouseVersion: version }),

  "warehouse.instructed": (state, { warehouse, transactionKey, contentHash }, fact) => ({
    ...confirmed(takenOver(state, state.instruction, transactionKey), transactionKey, warehouse, fact),
    instruction: { transactionKey, withdrawn: false, state: "TOLD", ...(contentHash && { contentHash }) },
  }),

  "warehouse.instruction-withdrawn": (state, { transactionKey, state: answer }) => ({
    ...withSystem(state, transactionKey, answer === "CANCELLED" ? { syncStatus: "COMPENSATED" } : {}),
    instruction: { transactionKey, withdrawn: answer === "CANCELLED", state: answer },
  }),

  "partner.reported": (state, data, { occurredAt, actor }) => ({
    ...state,
    reports: [...(state.reports ?? []), { ...data, occurredAt, by: actor, told: null }],
  }),

  "partner.report-read": (state, { reportId, told }, fact) => ({
    ...state,
    reports: changeOne(
      state.reports ?? [],
      (report) => report.reportId === reportId,
      () => ({ told }),
      fact,
      `report ${reportId}`,
    ),
  }),

  "customer.notified": (state, { notificationId, template, about, channel }, { occurredAt }) => ({
    ...state,
    notifications: [
      ...state.notifications,
      { notificationId, template, version: about, channel, status: "SENT", sentAt: occurredAt },
    ],
  }),
  "customer.notification-failed": (state, { notificationId, template, about }) => ({
    ...state,
    notifications: [
      ...state.notifications,
      { notificationId, template, version: about, channel: "mail", status: "FAILED", sentAt: null },
    ],
  }),

  "case.linked": (state, { caseId, originating }) => ({
    ...state,
    caseIds: [...state.caseIds.filter((linked) => linked.caseId !== caseId), { caseId, originating }],
  }),
};

/** Whether ERP or warehouse know of the return already. */
const isTold = ({ instruction, erpAuthorization }: ReturnState): boolean =>
  instruction !== null || erpAuthorization !== null;

/**
 * Policy knows the posted line: from here on base quantities are base units, not the line's (D-18). A line that was granted stays on the posted line
 * that it was granted for.
 */
function evaluate(line: LineState, evaluated: EvaluatedLine): Partial<LineState> {
  if (line.authorizedAt) return { evaluated: { ...evaluated, posted: line.posted! }, toEvaluate: false };
  const { posted } = evaluated;
  const scale = base(posted.unitFactor).div(base(line.unitFactor));
  const scaled = (quantity: string) => formatBase(base(quantity).mul(scale));
  return {
    evaluated,
    posted,
    unitFactor: posted.unitFactor,
    requested: scaled(line.requested),
    cancelled: scaled(line.cancelled),
    expired: scaled(line.expired),
    pendingIncrease: scaled(line.pendingIncrease),
  };
}

function grant(line: LineState, { base: quantity }: Amount, fact: Fact): Partial<LineState> {
  const decided = { declined: null, pendingIncrease: "0" };
  if (!line.authorizedAt) return { ...decided, granted: quantity, authorizedAt: fact.occurredAt };
  const outstanding = restBase(line.shortClosed, line.grantedAfterShortClose);
  return {
    ...decided,
    amendedUp: addBase(line.amendedUp, quantity),
    increasedAt: fact.occurredAt,
    grantedAfterShortClose: addBase(line.grantedAfterShortClose, lesserBase(outstanding, quantity)),
  };
}

const addition = (
  lines: FactData["return.authorized"]["lines"],
  over: NonNullable<FactData["return.authorized"]["over"]>,
  { version }: Fact,
): AdditionState[] =>
  lines.map(({ lineId, quantity }) => ({ ...over, version, lineId, base: quantity.base, authorization: null }));

/** The return order of its own that a granted addition has in the ERP. */
function addAuthorization(
  state: ReturnState,
  { transactionKey, documentId, number, lines }: Omit<FactData["erp-authorization.amended"], "change">,
  fact: Fact,
): ReturnState {
  const version = decidedBy(state, transactionKey);
  const additions = changeOne(
    state.additions,
    (one) => one.version === version,
    ({ lineId }) => ({ authorization: { documentId, number, erpLineId: byLine(lines)[lineId]! } }),
    fact,
    `addition ${transactionKey}`,
  );
  return { ...confirmed(state, transactionKey, number, fact), additions };
}

/** The draft says something else now, and has the amendment's key. */
function changeAuthorization(
  state: ReturnState,
  { transactionKey, documentId, number, lines }: Omit<FactData["erp-authorization.amended"], "change">,
  fact: Fact,
): ReturnState {
  return {
    ...confirmed(takenOver(state, state.erpAuthorization, transactionKey), transactionKey, number, fact),
    erpAuthorization: {
      ...{ transactionKey, documentId, number, fixed: false, deleted: false, lines: byLine(lines) },
      ...askedOf(lines),
    },
  };
}

/** What stood under the old key stands under the new one. */
const takenOver = (state: ReturnState, old: { transactionKey: string } | null, transactionKey: string): ReturnState =>
  old === null
    ? state
    : {
        ...state,
        systems: state.systems.map((entry) =>
          entry.transactionKey === old.transactionKey ? { ...entry, transactionKey } : entry,
        ),
      };

function amend(line: LineState, quantity: Amount): Partial<LineState> {
  const asked = {
    requested: quantity.base,
    requestedQuantity: { value: fromBase(base(quantity.base), line.unitFactor), unit: line.unit },
  };
  if (!line.authorizedAt)
    return isPositive(quantity.base) ? asked : { ...asked, cancelled: addBase(line.cancelled, line.requested) };
  const authorized = formatBase(authorizedOf(line));
  if (isPositive(subtractBase(quantity.base, authorized)))
    return { ...asked, pendingIncrease: subtractBase(quantity.base, authorized), toEvaluate: true };
  return {
    ...asked,
    pendingIncrease: "0",
    ...(line.toEvaluate && { toEvaluate: false }),
    cancelled: addBase(line.cancelled, subtractBase(authorized, quantity.base)),
  };
}

const askedOf = (lines: AuthorizedLine[]) => {
  const told = lines.flatMap(({ lineId, quantity, reasonCode }) =>
    quantity && reasonCode ? [[lineId, { base: quantity.base, reasonCode }] as const] : [],
  );
  return told.length > 0 ? { asked: Object.fromEntries(told) } : {};
};
const byLine = (lines: { lineId: string; erpLineId: string }[]): Record<string, string> =>
  Object.fromEntries(lines.map(({ lineId, erpLineId }) => [lineId, erpLineId]));
