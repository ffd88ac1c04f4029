import type {
  Actor,
  Amount,
  CreditFee,
  CreditLine,
  DispositionData,
  EvaluatedLine,
  FactData,
  InspectionData,
  LabelKind,
  Lane,
  ParcelEventCode,
  PolicyReason,
  PostedFacts,
  PostingLine,
  RecordedReceiptLine,
  Resolution,
  Source,
} from "./facts-vocabulary.ts";

// A return as the fold of its facts tells it. Stored are things that happened; statuses and buckets are derived from this (status.ts, quantities.ts).
// Quantities here are base units as decimal strings unless they are an Amount.

export type ReturnState = {
  id: string;
  version: number;
  rmaNumber: string;
  companyId: string;
  channel: string;
  /** Of the order, as the ERP writes it; absent while that is not known. */
  orderChannel?: string | null;
  orderId: string;
  orderNumber: string;
  customerId: string | null;
  customerNumber: string | null;
  customerName: string | null;
  currency: string | null;
  resolution: Resolution;
  note: string | null;
  correlationId: string;
  requestedBy: Actor;
  requestedAt: string;
  updatedAt: string;
  expiresAt: string | null;
  closedAt: string | null;
  reopened: boolean;
  policyVersion: string | null;
  hold: { reason: string; since: string } | null;
  cancelRequested: { reason: string; since: string } | null;
  awaitingErp: { since: string } | null;
  warehouse: string | null;
  /** Versions of the facts that decided the effects A and W (W-06): the last return.authorized, the last warehouse.chosen. */
  authorizedVersion: number | null;
  warehouseVersion: number | null;
  /** Of the last fact that changed what ERP and warehouse are to expect: decides M and the next W. Absent where nothing was amended. */
  amendedVersion?: number;
  /** Where the goods are sent from; absent while that is where the order went. */
  addressId?: string;
  /** Who amended it: they decide none of its approvals (D-24). */
  amendedBy?: string[];
  instruction: {
    transactionKey: string;
    withdrawn: boolean;
    state: "TOLD" | "CANCEL_REQUESTED" | "CANCELLED";
    contentHash?: string;
  } | null;
  erpAuthorization: {
    transactionKey: string;
    documentId: string;
    number: string;
    fixed: boolean;
    deleted: boolean;
    lines: Record<string, string>;
    /** What each line was asked for there. */
    asked?: Record<string, { base: string; reasonCode: string }>;
  } | null;
  /** Units with an authorization of their own in the ERP: over ones that were let in, and what came beyond a posted one after an amendment (D-10). */
  additions: AdditionState[];
  caseIds: { caseId: string; originating: boolean }[];
  lines: LineState[];
  labels: LabelState[];
  receipts: ReceiptState[];
  inspections: InspectionState[];
  dispositions: DispositionState[];
  discrepancies: DiscrepancyState[];
  postings: PostingState[];
  credits: CreditState[];
  replacements: ReplacementState[];
  notifications: NotificationState[];
  approvals: ApprovalState[];
  exceptions: ExceptionState[];
  /** What partners reported, in their codes; absent until one did. */
  reports?: ReportState[];
  /** Stages that were told to be late, and how many times their time it was by then; absent until one is. */
  breaches?: { clock: string; level: number }[];
  /** Effects whose outcome is not known, by transaction key. */
  ambiguous: Record<string, { system: string; lane: Lane; operationId: string; since: string }>;
  /** Intents that were undone, by transaction key: the version of the fact that says so, which decides what is done instead (W-06). */
  undone: Record<string, number>;
  /** How each outside document of this return stands, for `systems`. */
  systems: SystemEntry[];
};

export type LineState = {
  id: string;
  orderLineId: string;
  /** From the request. */
  requestedQuantity: { value: string; unit: string };
  reasonCode: string;
  conditionClaimed: string | null;
  serialNumbers: string[];
  lotNumbers: string[];
  resolution: Resolution;
  requestException: boolean;
  /** Null until policy was evaluated against the ERP's history. */
  evaluated: EvaluatedLine | null;
  posted: PostedFacts | null;
  /** Unit of this line and base units in one of it; "1" until `posted` is known. */
  unit: string;
  unitFactor: string;
  /** Base units. */
  requested: string;
  granted: string;
  amendedUp: string;
  cancelled: string;
  expired: string;
  shortClosed: string;
  /** The part of `amendedUp` that came after a short-close and made up for it. */
  grantedAfterShortClose: string;
  /** Asked for after the line was granted, and not decided yet. */
  pendingIncrease: string;
  /** Of the amendment that asked for the increase: what was approved before it is no approval of this one. */
  amendedVersion?: number;
  /** The increase was asked for while the ERP could not be asked what policy makes of it. */
  toEvaluate?: boolean;
  declined: { reason: string; ruleId: string | null } | null;
  authorizedAt: string | null;
  /** When more of it was granted last; absent where nothing was. */
  increasedAt?: string;
  /** Where an amendment added it; absent where it came with the request. */
  addedAt?: string;
};

/** Units of a receipt line that are on no authorization of the ERP before. */
export type AdditionState = {
  /** Of the fact that granted or found them: decides the effects M and R. */
  version: number;
  /** The OVER_RECEIPT approval that let them in; null: an amendment had asked for them. */
  approvalId: string | null;
  lineId: string;
  receiptLineId: string;
  /** Base units. */
  base: string;
  /** The return order of their own, where the ERP keeps return orders; null until it is posted. */
  authorization: { documentId: string; number: string; erpLineId: string } | null;
};

/** What was chosen for some of the goods, the label where there is one, and the parcel that travels with it. */
export type LabelState = {
  labelId: string;
  kind: LabelKind;
  ruleId: string | null;
  weightKg: string | null;
  lines: { lineId: string; quantity: Amount }[];
  /** Where its parcel comes from; absent: where the order went. */
  addressId?: string;
  /** Of label.chosen: decides L (W-06). */
  version: number;
  status: "NOT_NEEDED" | "REQUESTED" | "ISSUED" | "REFUSED" | "VOID_REQUESTED" | "VOIDED";
  issued: Omit<FactData["label.issued"], "labelId"> | null;
  issuedAt: string | null;
  estimatedDelivery: string | null;
  /** As they became known; the carrier's times need not rise. */
  events: ParcelEventState[];
  /** Another was chosen instead: nothing is to be sent with it any more. */
  replaced?: true;
};
export type ParcelEventState = {
  code: ParcelEventCode;
  at: string;
  description: string | null;
  place: string | null;
};

export type ReceiptState = {
  id: string;
  warehouseReceiptNumber: string;
  warehouse: string;
  receivedAt: string;
  trackingNumber: string | null;
  manual: boolean;
  keyedBy: Actor | null;
  source: Source;
  lines: ReceiptLine[];
};
/** `quantity` is the last revision's total. `inspecting` from inspection.started or reopened until completed. */
export type ReceiptLine = RecordedReceiptLine & {
  receiptId: string;
  /** Rises over all receipts of the return, in the order in which they were recorded. */
  order: number;
  /** Version of the fact that recorded it (decides R), and of its last correction (decides J). */
  version: number;
  correctedVersion: number | null;
  inspecting: boolean;
};

/** `told` is what it was read as; null until then. */
export type ReportState = FactData["partner.reported"] & {
  occurredAt: string;
  by: Actor;
  told: FactData["partner.report-read"]["told"] | null;
};
export type InspectionState = InspectionData & {
  /** Rises in the order in which they were recorded. */
  version: number;
  replaces: string | null;
  superseded: boolean;
  disputed: boolean;
  keyedBy: Actor | null;
};
export type DispositionState = DispositionData & {
  /** Of the fact that decided it: the effects W, D, S, J of this disposition. */
  version: number;
  decidedBy: Actor;
  decidedAt: string;
  /** The disposition that it changed, as a whole or a part of it. */
  replaces: string | null;
  superseded: boolean;
  executedAt: string | null;
  bin: string | null;
  /** What the warehouse was told of it last; absent until then. */
  instruction?: ToldDisposition;
  /** Document that moved or scrapped it in the ERP. */
  adjusted: { transactionKey: string; documentNumber: string } | null;
  confirmed: { WMS: boolean; ERP: boolean };
};
/** `quantity` is what it was when it was told; since then parts of it may have been changed. */
export type ToldDisposition = {
  transactionKey: string;
  quantity: Amount;
  state: "TOLD" | "CANCEL_REQUESTED" | "CANCELLED";
  /** The warehouse was asked to let go of it, and refused. */
  refused: boolean;
};
export type DiscrepancyState = FactData["discrepancy.raised"] & {
  status: "OPEN" | "ACCEPTED" | "REMATCHED" | "SENT_BACK" | "WRITTEN_OFF" | "WITHDRAWN";
};
export type PostingState = {
  id: string;
  /** Of the fact that told it. */
  version: number;
  kind: "STOCK_IN" | "MOVE" | "SCRAP" | "CORRECTION";
  transactionKey: string;
  documentId: string | null;
  documentNumber: string;
  receiptId: string | null;
  dispositionId: string | null;
  from: string | null;
  to: string | null;
  /** Signed for CORRECTION. */
  quantity: Amount;
  postedAt: string;
  lines: PostingLine[];
};
export type CreditState = FactData["credit.calculated"] & {
  version: number;
  status:
    | "CALCULATED"
    | "PENDING_APPROVAL"
    | "APPROVED"
    | "DECLINED"
    | "QUEUED"
    | "DRAFTED"
    | "POSTED"
    | "MANUAL_REQUIRED"
    | "REVERSED";
  calculatedAt: string;
  approvedBy: Actor | null;
  queuedSince: string | null;
  draftId: string | null;
  documentId: string | null;
  number: string | null;
  postedOn: string | null;
  postedAt: string | null;
  /** As the ERP posted it. */
  erp: { net: string; tax: string; total: string } | null;
  applications: { invoiceNumber: string; amount: string }[];
  onAccount: string | null;
};
export type ReplacementState = FactData["replacement.requested"] & {
  /** Of the fact that asked for it: decides V (W-06). */
  version: number;
  status: "REQUESTED" | "ORDERED" | "SHIPPED" | "CANCELLED";
  requestedBy: Actor;
  requestedAt: string;
  order: { transactionKey: string; documentId: string; number: string } | null;
  orderedAt: string | null;
  shippedAt: string | null;
  shipments: string[];
};
export type ApprovalState = FactData["approval.requested"] & {
  status: "PENDING" | "APPROVED" | "DECLINED" | "VOIDED" | "EXPIRED";
  requestedAt: string;
  requestedBy: Actor;
  decidedBy: Actor | null;
  decidedAt: string | null;
  note: string | null;
};
export type NotificationState = {
  notificationId: string;
  template: string;
  /** Of the fact that it tells of. */
  version: number;
  channel: "mail";
  status: "SENT" | "FAILED";
  sentAt: string | null;
};
export type ExceptionState = FactData["exception.raised"] & {
  status: "OPEN" | "ASSIGNED" | "REPLAYING" | "RESOLVED";
  raisedAt: string;
  /** How it was resolved, and the number that was given for what was done. */
  resolution: FactData["exception.resolved"]["resolution"] | null;
  reference: string | null;
};
export type SystemEntry = {
  system: string;
  /** e.g. "return authorization", "return instruction", "stock in", "credit memo". */
  document: string;
  transactionKey: string | null;
  syncStatus: "NOT_REQUIRED" | "PENDING" | "CONFIRMED" | "AMBIGUOUS" | "FAILED" | "COMPENSATED";
  reference: string | null;
  confirmedAt: string | null;
};
export type { Actor, Amount, CreditFee, CreditLine, PolicyReason };
