import { base } from "./base-quantity.ts";
import { labelsOf, parcelStateOf, type ParcelState } from "./parcels.ts";
import {
  authorizedOf,
  bucketsOf,
  openCredits,
  receivedShares,
  type Buckets,
  type ReceivedShare,
} from "./quantities.ts";
import type { CreditState, LineState, ReturnState } from "./return-state.ts";
import { approvalOf } from "./replacement-approval.ts";
import { creditStatusOf, isGrantedInPart, isWithoutGoods, lineRanks } from "./status.ts";

// The five statuses of a line (D-12): each derived from what happened to its quantity.

export type AuthorizationStatus =
  | "REQUESTED"
  | "PENDING_APPROVAL"
  | "AUTHORIZED"
  | "PARTIALLY_AUTHORIZED"
  | "DECLINED"
  | "CANCELLED"
  | "EXPIRED";
export type LogisticsStatus =
  | "AWAITING_LABEL"
  | "LABEL_ISSUED"
  | "IN_TRANSIT"
  | "DELIVERED"
  | "LOST_IN_TRANSIT"
  | "RETURN_TO_SENDER"
  | "NOT_REQUIRED";
export type ReceiptStatus =
  | "AWAITING"
  | "PARTIALLY_RECEIVED"
  | "RECEIVED"
  | "OVER_RECEIVED"
  | "SHORT_CLOSED"
  | "NOT_REQUIRED";
export type InspectionStatus = "NOT_REQUIRED" | "QUEUED" | "IN_INSPECTION" | "INSPECTED" | "REINSPECTION" | "DISPUTED";
export type SettlementStatus =
  | "NOT_DUE"
  | "DUE"
  | "PENDING_APPROVAL"
  | "APPROVED"
  | "POSTING"
  | "PARTIALLY_CREDITED"
  | "CREDITED"
  | "REPLACED"
  | "EXCHANGED"
  | "REPAIRED"
  | "DENIED"
  | "MANUAL_REQUIRED"
  | "REVERSED";

export type LineStatuses = {
  authorizationStatus: AuthorizationStatus;
  logisticsStatus: LogisticsStatus;
  receiptStatus: ReceiptStatus;
  inspectionStatus: InspectionStatus;
  settlementStatus: SettlementStatus;
};

export function lineStatuses(state: ReturnState, line: LineState): LineStatuses {
  const shares = receivedShares(state, line);
  const quantities = bucketsOf(state, line, shares);
  return {
    authorizationStatus: authorizationStatus(state, line),
    logisticsStatus: logisticsStatus(state, line, quantities),
    receiptStatus: receiptStatus(line, quantities),
    inspectionStatus: inspectionStatus(line, shares, quantities),
    settlementStatus: settlementStatus(state, line, quantities),
  };
}

function authorizationStatus(state: ReturnState, line: LineState): AuthorizationStatus {
  if (line.declined) return "DECLINED";
  if (line.authorizedAt && authorizedOf(line).gt(0))
    return isGrantedInPart(line) ? "PARTIALLY_AUTHORIZED" : "AUTHORIZED";
  const { ranks, ending } = lineRanks(state, line);
  if (ending) return ending;
  return ranks.includes(2) ? "PENDING_APPROVAL" : "REQUESTED";
}

/** How the goods travel on a label of ours; without one the customer ships in its own way. */
function logisticsStatus(state: ReturnState, line: LineState, { authorized, received }: Buckets): LogisticsStatus {
  const labels = labelsOf(state, line).filter(({ kind, status }) => kind !== "NONE" && status !== "VOIDED");
  const label = labels.findLast(({ replaced, events }) => !replaced || events.length > 0);
  if (!label || label.status === "VOID_REQUESTED") return "NOT_REQUIRED";
  if (label.status === "REQUESTED") return "AWAITING_LABEL";
  if (label.status === "REFUSED") return received.lt(authorized) ? "AWAITING_LABEL" : "NOT_REQUIRED";
  return received.gt(0) && received.gte(authorized) ? "DELIVERED" : ofParcel[parcelStateOf(label)];
}

const ofParcel: Record<ParcelState, LogisticsStatus> = {
  AT_SENDER: "LABEL_ISSUED",
  IN_TRANSIT: "IN_TRANSIT",
  DELIVERED: "DELIVERED",
  LOST: "LOST_IN_TRANSIT",
  SENT_BACK: "RETURN_TO_SENDER",
};

function receiptStatus(line: LineState, { authorized, received, over, short }: Buckets): ReceiptStatus {
  if (isWithoutGoods(line)) return "NOT_REQUIRED";
  if (over.gt(0)) return "OVER_RECEIVED";
  if (short.gt(0) && received.gte(authorized)) return "SHORT_CLOSED";
  if (received.equals(0)) return authorized.gt(0) || !hasEnded(line) ? "AWAITING" : "NOT_REQUIRED";
  return received.lt(authorized) ? "PARTIALLY_RECEIVED" : "RECEIVED";
}

const hasEnded = (line: LineState): boolean =>
  line.declined !== null || base(line.cancelled).gt(0) || base(line.expired).gt(0);

function inspectionStatus(
  line: LineState,
  shares: readonly ReceivedShare[],
  { received, over, inspected }: Buckets,
): InspectionStatus {
  if (isWithoutGoods(line) || received.equals(0)) return "NOT_REQUIRED";
  if (shares.some(({ inspections }) => inspections.some(({ inspection }) => inspection.disputed))) return "DISPUTED";
  const open = shares.filter(({ receiptLine }) => receiptLine.inspecting);
  if (open.some(({ inspections }) => inspections.length > 0)) return "REINSPECTION";
  if (open.length > 0) return "IN_INSPECTION";
  return inspected.lt(received.sub(over)) ? "QUEUED" : "INSPECTED";
}

/** An open credit's status tells how far the money is; POSTING is the only one in which a posting may be under way. */
const ofOpenCredit: Record<string, SettlementStatus> = {
  CALCULATED: "APPROVED",
  PENDING_APPROVAL: "PENDING_APPROVAL",
  APPROVED: "APPROVED",
  QUEUED: "APPROVED",
  DRAFTED: "POSTING",
  AMBIGUOUS: "POSTING",
  MANUAL_REQUIRED: "MANUAL_REQUIRED",
};

/** How far its replacement is; null where there is none, or what is not replaced tells more. */
function replacementStatus(state: ReturnState, line: LineState, quantities: Buckets): SettlementStatus | null {
  const own = state.replacements.filter(
    ({ status, lines }) => status !== "CANCELLED" && lines.some(({ lineId }) => lineId === line.id),
  );
  const { credited, pendingCredit, accepted, received, over, authorized } = quantities;
  if (own.length === 0)
    return line.resolution === "REPLACE" && pendingCredit.equals(0) && accepted.gt(0) ? "DUE" : null;
  const isOver = pendingCredit.equals(0) && received.sub(over).gte(authorized);
  if (own.every(({ status }) => status === "SHIPPED") && isOver) return credited.gt(0) ? "CREDITED" : "REPLACED";
  if (credited.gt(0) || pendingCredit.gt(0)) return credited.gt(0) ? "PARTIALLY_CREDITED" : null;
  if (own.some((one) => approvalOf(state, one) === "WAITS")) return "PENDING_APPROVAL";
  if (own.some(({ status }) => status === "ORDERED")) return "APPROVED";
  return accepted.gt(0) && own.some(({ status }) => status === "REQUESTED") ? "DUE" : null;
}

function settlementStatus(state: ReturnState, line: LineState, quantities: Buckets): SettlementStatus {
  const concerns = (credit: CreditState) => credit.lines.some(({ returnLineId }) => returnLineId === line.id);
  const open = openCredits(state).findLast(concerns);
  if (open) return ofOpenCredit[creditStatusOf(state, open)] ?? "DUE";
  const last = state.credits.findLast(concerns);
  const replacement = replacementStatus(state, line, quantities);
  if (replacement) return replacement;
  const { credited, pendingCredit, accepted, rejected, received, over, authorized } = quantities;
  if (pendingCredit.gt(0) && last?.status === "DECLINED") return "DENIED";
  if (pendingCredit.gt(0) && last?.status === "REVERSED") return "REVERSED";
  if (credited.gt(0))
    return pendingCredit.gt(0) || received.sub(over).lt(authorized) ? "PARTIALLY_CREDITED" : "CREDITED";
  if (pendingCredit.gt(0)) return "DUE";
  const allRejected = rejected.gt(0) && accepted.equals(0) && rejected.gte(authorized);
  return allRejected ? "DENIED" : "NOT_DUE";
}
