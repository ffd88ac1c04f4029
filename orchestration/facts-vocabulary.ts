// Every kind of fact with its data (vocabulary section 3). Append-only: a kind's data changes only with a new `v` and an upcaster (W-15).
// Quantities: `value` in `unit` as told, `base` in the item's base unit, exact; money: decimal strings in the return's currency,
// unless a currency stands beside them.

export type Actor = { id: string; displayName: string; kind: "PERSON" | "SYSTEM" | "PARTNER" | "RULE" };
export type Source = { system: string; reference: string | null };
export type Amount = { value: string; unit: string; base: string };
/** `amounts`: a further sentence, which names amounts; only for who sees prices. */
export type PolicyReason = { code: string; message: string; amounts?: string; ruleId: string | null };
export type Resolution = "CREDIT" | "REPLACE" | "EXCHANGE" | "REPAIR" | "KEEP_ALLOWANCE" | "STORE_CREDIT";
export type Lane = "goods" | "money" | "messages";

/** What one of the return's currency was worth in the company's on the day of a decision, and who said so (D-22). */
export type ExchangeRate = { rate: string; currency: string; day: string; validFrom: string; system: string };

export type RequestedLine = {
  lineId: string;
  /** `erp.order:US01:SO-100001/10000` */
  orderLineId: string;
  quantity: { value: string; unit: string };
  reasonCode: string;
  conditionClaimed: string | null;
  serialNumbers: string[];
  lotNumbers: string[];
  resolution: Resolution;
  requestException: boolean;
};

/** What the ERP's posted documents say of a line, kept with the evaluation that used it. */
export type PostedFacts = {
  sku: string;
  description: string | null;
  baseUnit: string;
  /** Base units in one unit of the return line. */
  unitFactor: string;
  invoiceNumber: string;
  invoiceLine: number;
  /** Tax of the whole invoice. */
  invoiceTax?: string;
  /** The invoice line: its quantity in base units, its net after discounts, its price per base unit's `invoicedUnit`. */
  invoicedBase: string;
  invoicedUnit: string;
  invoicedUnitFactor: string;
  unitPrice: string;
  lineNet: string;
  taxCode: string;
  taxRate: string;
  /** What others had credited of this invoice line in the ERP when this was read (D-14); drafts of theirs count too. */
  creditedElsewhere: { base: string; net: string; tax: string };
  shippedBase: string;
  shipmentNumber: string | null;
  shippedFrom: string | null;
  deliveredOn: string | null;
  /** Serials and lots that were shipped on this line. */
  shippedSerials: string[];
  shippedLots: string[];
  serialized: boolean;
  lotTracked: boolean;
  hazardous: boolean;
  supplierOwned: boolean;
  supplierProgramme: boolean;
  recalled: boolean;
  /** Last day of the warranty, at the site that shipped it; absent or null where the ERP knows of none. */
  warrantyEndsOn?: string | null;
  /** UN number and packing group; null where the master lacks them (D-37). */
  hazard?: { unNumber: string; packingGroup: string } | null;
  /** Of one base unit. */
  weightKg?: string | null;
};

export type EvaluatedLine = {
  lineId: string;
  decision: "AUTO" | "APPROVAL" | "REFUSED";
  reasons: PolicyReason[];
  approvalKinds: string[];
  /** Base units that were returnable when this was decided, this line's own request not counted. */
  returnableBase: string;
  windowEndsAt: string | null;
  posted: PostedFacts;
};

export type ReceiptLineState = "MATCHED" | "OVER" | "MISMATCHED" | "UNMATCHED" | "DUPLICATE_SUSPECTED" | "CORRECTED";
export type RecordedReceiptLine = {
  receiptLineId: string;
  /** The warehouse's line number within its receipt. */
  line: number;
  revision: number;
  /** Null: no line of this return (blind, wrong item). */
  returnLineId: string | null;
  sku: string;
  quantity: Amount;
  condition: string;
  serialNumbers: string[];
  lotNumber: string | null;
  expiresOn: string | null;
  bin: string | null;
  state: ReceiptLineState;
};

export type CreditLine = {
  returnLineId: string;
  receiptLineId: string;
  invoiceNumber: string;
  invoiceLine: number;
  quantity: Amount;
  /** Percent of the line's value, as "90"; several percents on one line are several credit lines. */
  percent: string;
  net: string;
  tax: string;
  taxCode: string;
  /** Share of `net` that is deducted as RESTOCKING, as "15": fees are cumulative like the rest (vocabulary section 8). */
  feePercent: string;
};
export type CreditFee = {
  kind: "RESTOCKING" | "RETURN_FREIGHT" | "REPACKING" | "MISSING_PARTS" | "FREIGHT_REFUND";
  amount: string;
  returnLineId: string;
  ruleId: string;
};

/** Units of a return line that go out again, as `sku`; quantities as told, `base` in the return line's base units. */
export type ReplacementLine = { lineId: string; sku: string; quantity: Amount };

export type PostingLine = {
  receiptLineId: string;
  returnLineId: string | null;
  sku: string;
  quantity: Amount;
  erpLineId: string | null;
};

/** A line of an authorization in the ERP, and what it was asked for there. */
export type AuthorizedLine = { lineId: string; erpLineId: string; quantity?: Amount; reasonCode?: string };

/** One member per kind. */
export type FactData = {
  "return.requested": {
    rmaNumber: string;
    companyId: string;
    channel: string;
    /** Of the order, as the ERP writes it (`MARKETPLACE`); whose it is to a partner. */
    orderChannel?: string | null;
    orderId: string;
    orderNumber: string;
    customerId: string | null;
    customerNumber: string | null;
    customerName: string | null;
    currency: string | null;
    resolution: Resolution;
    caseId: string | null;
    note?: string | null;
    /** Empty for goods that came without a return (blind receipt). */
    lines: RequestedLine[];
  };
  "return.awaiting-erp": { since: string };
  "policy.evaluated": {
    policyVersion: string;
    /** Set when the request came in while the ERP was not known. */
    customerId: string;
    customerNumber: string;
    customerName: string;
    currency: string;
    orderChannel?: string | null;
    lines: EvaluatedLine[];
    /** The rule by which the return gets a case of its own (D-31); most channels want none. */
    opensCase?: { ruleId: string };
  };
  /** The first grants the line; a later one adds its quantity (an approved increase or over-receipt). What it does not grant of an undecided quantity is refused. */
  "return.authorized": {
    lines: { lineId: string; quantity: Amount }[];
    expiresAt: string;
    policyVersion: string;
    /** The one line's quantity are over units of this receipt line, let in by this approval; null: by an increase that was asked for before they came. */
    over?: { receiptLineId: string; approvalId: string | null };
  };
  /** Of a line granted before: its undecided increase. */
  "return.declined": { lines: { lineId: string; reason: string; ruleId: string | null }[]; policyVersion: string };
  /** `quantity` is the line's new requested quantity: more waits for return.authorized, less is given up at once. */
  "return.amended": {
    lines: { lineId: string; quantity: Amount | null; reasonCode: string | null }[];
    resolution: Resolution | null;
    note?: string | null;
    /** Of the same order; absent where none came to it. */
    added?: RequestedLine[];
    /** Where the goods are sent from now on (return-addresses.ts); absent where that stays. */
    addressId?: string;
  };
  "return.held": { reason: string };
  "return.released": { reason: string };
  "return.cancel-requested": { reason: string };
  /** What hasn't come; the flag of return.cancel-requested is lowered. */
  "return.cancelled": { lines: { lineId: string; quantity: Amount }[] };
  "return.expired": { lines: { lineId: string; quantity: Amount }[] };
  "return.closed": Record<string, never>;
  "return.reopened": { reason: string };
  "erp-authorization.created": {
    transactionKey: string;
    documentId: string;
    number: string;
    lines: AuthorizedLine[];
  };
  /**
   * FIXED: posted, so that goods can be received on it. CHANGED: the draft says what was amended, under the amendment's key. QUANTITY: more may be received,
   * on a posted document of its own whose key names the granting fact (D-10).
   */
  "erp-authorization.amended": {
    transactionKey: string;
    change: "FIXED" | "CHANGED" | "QUANTITY";
    documentId: string;
    number: string;
    lines: AuthorizedLine[];
  };
  /** So many counted units of a receipt line are beyond what the posted authorization says: they get one of their own (D-10). */
  "erp-authorization.exceeded": { receiptLineId: string; lineId: string; quantity: Amount };
  "erp-authorization.deleted": { transactionKey: string };
  "warehouse.chosen": { warehouse: string; ruleId: string; policyVersion: string };
  /** `contentHash`: of what the warehouse was told to expect. */
  "warehouse.instructed": { warehouse: string; transactionKey: string; contentHash?: string };
  "warehouse.instruction-withdrawn": {
    warehouse: string;
    transactionKey: string;
    state: "CANCELLED" | "CANCEL_REQUESTED";
  };
  /** Which goods of the return need what kind of label (D-37). NONE: the customer ships in its own way. */
  "label.chosen": {
    labelId: string;
    kind: LabelKind;
    /** Null where no carrier serves the company. */
    ruleId: string | null;
    policyVersion: string;
    /** Of all of them with their packing; null where the ERP does not know. */
    weightKg: string | null;
    lines: { lineId: string; quantity: Amount }[];
    /** Labels that nothing is to be sent with any more: an amendment changed what is in the parcel, or where it comes from. */
    replaces?: string[];
    /** Where the parcel comes from, as an amendment said; absent: where the order went. */
    addressId?: string;
  };
  "label.issued": {
    labelId: string;
    transactionKey: string;
    system: string;
    documentId: string;
    carrier: string;
    service: string;
    trackingNumber: string;
    url: string;
    estimatedDelivery: string | null;
    cost: { amount: string; currency: string };
  };
  "label.refused": { labelId: string; code: string };
  /** VOID_REQUESTED: the carrier's word is still to come. */
  "label.voided": { labelId: string; state: "VOID_REQUESTED" | "VOIDED" };
  "shipment.picked-up": ParcelData;
  "shipment.progressed": ParcelData;
  "shipment.delivered": ParcelData;
  "shipment.lost": ParcelData;
  /** On its way back to who sent it. */
  "shipment.sent-back": ParcelData;
  /** As the partner told it, in its own codes; `reportId` is its row of the inbox, `revision` counts what it told under this number (D-40, W-18). */
  "partner.reported": {
    reportId: string;
    partner: string;
    partnerKind: "third-party" | "supplier";
    documentNumber: string;
    revision: number;
    code: string;
    lines: ReportedLine[];
  };
  /** What it came to; the facts that say so stand before this one. */
  "partner.report-read": { reportId: string; told: "receipt" | "inspection" | "shipment" | "nothing" };
  "event.parked": { inboxId: string; type: string };
  "event.released": { inboxId: string };
  "receipt.recorded": {
    receiptId: string;
    warehouseReceiptNumber: string;
    warehouse: string;
    receivedAt: string;
    /** Of the parcel that the goods came in, where the warehouse says so. */
    trackingNumber?: string | null;
    /** Keyed by a person through recordReceipt; counts for D-24. */
    manual: boolean;
    lines: RecordedReceiptLine[];
  };
  "receipt.corrected": {
    receiptId: string;
    receiptLineId: string;
    revision: number;
    quantity: Amount;
    before: Amount;
    manual: boolean;
  };
  "receipt.matched": { receiptId: string; lines: { receiptLineId: string; returnLineId: string }[] };
  "receipt.arrived-unauthorized": { receiptId: string; warehouseReceiptNumber: string; warehouse: string };
  "receipt.duplicate-suspected": {
    receiptId: string | null;
    warehouseReceiptNumber: string;
    warehouse: string;
    line: number;
    bodyHash: string;
  };
  "discrepancy.raised": {
    discrepancyId: string;
    kind: string;
    receiptLineId: string | null;
    returnLineId: string | null;
    expected: string | null;
    actual: string | null;
  };
  "discrepancy.resolved": {
    discrepancyId: string;
    status: "ACCEPTED" | "REMATCHED" | "SENT_BACK" | "WRITTEN_OFF" | "WITHDRAWN";
  };
  "line.short-closed": { lineId: string; quantity: Amount };
  "inspection.started": { receiptLineId: string; inspector: Actor };
  "inspection.reopened": { inspectionId: string };
  "inspection.disputed": { inspectionId: string; note: string | null };
  "inspection.completed": InspectionData;
  "inspection.corrected": InspectionData & { replaces: string };
  "disposition.decided": DispositionData;
  /** Less than what it replaces: the rest of that stays as it was decided. */
  "disposition.changed": DispositionData & { replaces: string; note?: string };
  /** The warehouse was told, so much as it was then; told of once more, it has refused to let go of it. */
  "disposition.instructed": { dispositionId: string; transactionKey: string; quantity: Amount };
  "disposition.instruction-withdrawn": {
    dispositionId: string;
    transactionKey: string;
    state: "CANCELLED" | "CANCEL_REQUESTED";
  };
  "disposition.executed": { dispositionId: string; executedAt: string; bin: string | null };
  /** Stock in: goods are in the ERP at `location`. */
  "inventory.received": {
    postingId: string;
    transactionKey: string;
    documentId: string;
    documentNumber: string;
    location: string;
    receiptId: string;
    lines: PostingLine[];
  };
  "inventory.adjusted": {
    postingId: string;
    transactionKey: string;
    documentNumber: string;
    kind: "MOVE" | "SCRAP" | "CORRECTION";
    dispositionId: string;
    from: string;
    to: string | null;
    quantity: Amount;
  };
  "inventory.corrected": {
    postingId: string;
    transactionKey: string;
    documentNumber: string;
    receiptId: string;
    receiptLineId: string;
    /** Signed. */
    delta: Amount;
  };
  "inventory.confirmed": { side: "WMS" | "ERP"; dispositionId: string };
  "credit.calculated": {
    creditId: string;
    receiptId: string;
    /** Decides the effect C: letter C and this fact's version (W-06). */
    transactionKey: string;
    lines: CreditLine[];
    fees: CreditFee[];
    net: string;
    feeTotal: string;
    tax: string;
    total: string;
    currency: string;
    /** Absent in the company's own currency, and where no rate was known: then all tiers are asked. */
    exchangeRate?: ExchangeRate;
    /** Of lines, quantities, amounts and rule version; approvals bind to it (W-08). */
    decisionHash: string;
    policyVersion: string;
    approvals: { tier: number; requiredRole: string; threshold: string; ruleId: string }[];
    /** Version of the fact that decides the stock-in which its memo is made from, where the ERP makes memos from stock documents. */
    stockInVersion?: number;
  };
  "credit.approved": { creditId: string };
  "credit.declined": { creditId: string };
  "credit.queued": { creditId: string; since: string };
  "credit.drafted": { creditId: string; documentId: string; net: string; tax: string; total: string };
  "credit.posted": {
    creditId: string;
    transactionKey: string;
    documentId: string;
    number: string;
    net: string;
    tax: string;
    total: string;
    postedOn: string;
  };
  "credit.applied": { creditId: string; applications: { invoiceNumber: string; amount: string }[]; onAccount: string };
  "credit.reversed": { creditId: string; reason: string };
  /** Its version decides the effect V; the order says no more than these lines (W-06, W-08). */
  "replacement.requested": {
    replacementId: string;
    lines: ReplacementLine[];
    reason: string;
    /** What the customer paid for so many units of the line, without tax, in the return's currency. */
    net: string;
    /** Absent in the company's own currency, and where no rate was known: then all tiers are asked. */
    exchangeRate?: ExchangeRate;
    decisionHash: string;
    policyVersion: string;
    approvals: { tier: number; requiredRole: string; threshold: string | null; ruleId: string }[];
  };
  /** `lines` is what is on the order: less than was asked for where not all of it was accepted. */
  "replacement.ordered": {
    replacementId: string;
    transactionKey: string;
    documentId: string;
    orderNumber: string;
    lines: ReplacementLine[];
  };
  "replacement.shipped": { replacementId: string; orderNumber: string; shipments: string[]; shippedOn: string | null };
  /** Not shipped, and not going to be: what came for it is credited instead. */
  "replacement.cancelled": { replacementId: string; reason: string };
  "case.linked": { caseId: string; originating: boolean };
  /** `about` is the version of the fact that the customer was told of. */
  "customer.notified": {
    notificationId: string;
    template: string;
    about: number;
    channel: "mail";
    transactionKey: string;
  };
  "customer.notification-failed": { notificationId: string; template: string; about: number; code: string };
  "approval.requested": {
    approvalId: string;
    kind: string;
    tier: number;
    requiredRole: string;
    amount: string | null;
    /** Of the amount; absent: the return's. Thresholds are in the company's. */
    currency?: string;
    threshold: string | null;
    /** What it is about: a credit, a replacement, lines of the request, an inspection, over units of a line in the order in which they came. */
    subject:
      | { creditId: string }
      | { replacementId: string }
      | { lineIds: string[] }
      | { inspectionId: string }
      | { overLineId: string; over: { receiptLineId: string; quantity: Amount }[] };
    decisionHash: string;
    reasons: PolicyReason[];
    expiresAt: string;
    /** GATE_EXCEPTION: base units per line that may be credited without goods (D-16). */
    gateQuantities?: Record<string, string>;
  };
  "approval.decided": { approvalId: string; decision: "APPROVE" | "DECLINE"; note: string | null };
  "approval.voided": { approvalId: string; reason: string };
  "approval.expired": { approvalId: string };
  "effect.ambiguous": { transactionKey: string; system: string; operationId: string; lane: Lane };
  "effect.resolved": { transactionKey: string; outcome: "DONE" | "ABSENT" | "BY_PERSON" };
  "effect.undone": { transactionKey: string };
  /** A stage of the return took longer than it may (vocabulary section 9). `clock` names it among those of the return. */
  "sla.breached": { clock: string; stage: string; owner: string; startedAt: string; dueAt: string };
  /** It has taken `level` times as long. `task`: the exception that has this owner now. */
  "sla.escalated": { clock: string; stage: string; level: number; owner: string; task: string | null };
  "exception.raised": {
    exceptionId: string;
    category: string;
    code: string;
    owner: string;
    summary: string;
    /** What the summary leaves out: the amounts, in a sentence for who sees prices. */
    amounts?: string;
    system: string | null;
    operationId: string | null;
    step: string | null;
    dueAt: string;
  };
  "exception.assigned": { exceptionId: string; ownerId: string; note: string | null };
  "exception.resolved": {
    exceptionId: string;
    resolution: "FIXED_OUTSIDE" | "WAIVED" | "CANCELLED" | "CONVERGED";
    note: string;
    reference: string | null;
  };
  "exception.replayed": { exceptionId: string; operationId: string; note: string | null };
};

/** A line of a partner's report, in its own codes. */
export type ReportedLine = {
  sku: string;
  quantity: { value: string; unit: string };
  conditionCode: string | null;
  serialNumbers: string[];
  lotNumber: string | null;
};

export type LabelKind = "PARCEL" | "BILL_OF_LADING" | "NONE";
/** One event of a parcel; the fact's `occurredAt` is the carrier's time. */
export type ParcelData = {
  labelId: string;
  trackingNumber: string;
  code: ParcelEventCode;
  description: string | null;
  place: string | null;
  estimatedDelivery: string | null;
};
export type ParcelEventCode =
  | "IN_TRANSIT"
  | "OUT_FOR_DELIVERY"
  | "DELIVERED"
  | "EXCEPTION"
  | "RETURN_TO_SENDER"
  | "LOST";

export type InspectionData = {
  inspectionId: string;
  receiptLineId: string;
  /** The inspection's number within its receipt line, and its revision. */
  number: number;
  revision: number;
  quantity: Amount;
  grade: string;
  condition: string | null;
  findings: string | null;
  serialNumbers: string[];
  lotNumber: string | null;
  inspector: Actor;
  manual: boolean;
  inspectedAt: string;
  photos: { url: string; sha256: string | null }[];
  /** What policy makes of the grade: 0 is rejected, above accepted (D-13). */
  percent: string;
  ruleId: string;
  policyVersion: string;
};

export type DispositionData = {
  dispositionId: string;
  inspectionId: string;
  receiptLineId: string;
  returnLineId: string;
  code: string;
  quantity: Amount;
  warehouse: string;
  ruleId: string | null;
  policyVersion: string | null;
  /** A replacement goes out for these units: no credit memo brings them into an ERP where memos bring goods in (D-02). */
  replaced?: true;
  /** Where the worth of the goods had to be told in the company's currency. */
  exchangeRate?: ExchangeRate;
};

export type FactKind = keyof FactData;
export type NewFact = { [K in FactKind]: { kind: K; data: FactData[K]; occurredAt?: string } }[FactKind];

/** A fact as it stands in the log. */
export type Fact = NewFact & {
  id: string;
  returnId: string;
  /** Dense per return, from 1. */
  version: number;
  /** Version of the kind's data. */
  v: number;
  occurredAt: string;
  recordedAt: string;
  correlationId: string;
  actor: Actor;
  source: Source;
};
