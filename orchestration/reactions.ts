import { Fraction } from "#shared/decimal.ts";
import type { ExceptionCode } from "#shared/errors.ts";
import { isForCustomer } from "./customer-texts.ts";
import { coveredBy, dispositionOf, inspectionById, isOfSameGoods, settlingSubjects } from "./dispositions.ts";
import { isForeign } from "./exchange-rates.ts";
import type { Fact, FactKind } from "./facts-vocabulary.ts";
import { addedLater, creditOfReceiptLine, receiptById } from "./goods.ts";
import { isForCrm } from "./messages.ts";
import { authorizedOf } from "./quantities.ts";
import type { LineState, ReturnState } from "./return-state.ts";
import { isBegun, isConfirmed, statusOf, undecidedQuantity } from "./status.ts";

/** A flow to start, and what in the return it is about ("" for the return itself). */
export type Reaction = { flow: FlowName; subject: string };
export type FlowName =
  | "authorize-return"
  | "take-in-receipt"
  | "take-in-report"
  | "settle-inspection"
  | "post-credit"
  | "replace-goods"
  | "cancel-return"
  | "amend-return"
  | "close-return"
  | "tell-crm"
  | "tell-customer";

type React<K extends FactKind> = (fact: Extract<Fact, { kind: K }>, after: ReturnState) => Reaction[];

/**
 * What a fact starts (vocabulary section 3). Pure; the operation rows are written in the transaction of the fact, once per
 * (fact, flow, subject) (W-12), so joins fire once and replays don't. Whether all parts of a join are there is the flow's first guard.
 */
export function react(before: ReturnState | null, fact: Fact, after: ReturnState): Reaction[] {
  const own = (table[fact.kind] as React<FactKind> | undefined)?.(fact, after) ?? [];
  return [
    ...own,
    ...(mayBeDue.has(fact.kind) ? replacementsAsked(after) : []),
    ...(takesBack.has(fact.kind) ? replacementsOrdered(after) : []),
    ...(settledNow(before, after) ? whole("close-return") : []),
    ...(isForCrm(fact, after) ? about("tell-crm", String(fact.version)) : []),
    ...(isForCustomer(fact) ? about("tell-customer", String(fact.version)) : []),
  ];
}

/** What may make a replacement due, or say that nothing will come for it; its flow's first guard looks. */
const mayBeDue: ReadonlySet<FactKind> = new Set([
  "inspection.completed",
  "inspection.corrected",
  "receipt.corrected",
  "line.short-closed",
  "return.amended",
  "return.cancelled",
  "return.expired",
  "credit.reversed",
  "credit.declined",
  "replacement.cancelled",
]);
const replacementsAsked = ({ replacements }: ReturnState): Reaction[] =>
  replacements
    .filter(({ status }) => status === "REQUESTED")
    .flatMap(({ replacementId }) => about("replace-goods", replacementId));

/** What may take goods back that others went out for already, so that these went out for other goods of the line. */
const takesBack: ReadonlySet<FactKind> = new Set(["inspection.corrected", "receipt.corrected"]);
const replacementsOrdered = (after: ReturnState): Reaction[] =>
  after.replacements
    .filter(({ status }) => status === "ORDERED" || status === "SHIPPED")
    .flatMap(({ replacementId }) => [...about("replace-goods", replacementId), ...goodsReplaced(replacementId, after)]);

/** Where memos bring goods in, no memo brings those that go out again: they are a person's to book. */
const goodsReplaced = (replacementId: string, after: ReturnState): Reaction[] =>
  after.erpAuthorization
    ? []
    : receiptsReplaced(replacementId, after).flatMap((receiptId) => inspectionsOf(receiptId, after));

/** The receipts with goods of the lines of a replacement. */
const receiptsReplaced = (replacementId: string, { replacements, receipts }: ReturnState): string[] => {
  const lineIds = replacements
    .filter((one) => one.replacementId === replacementId)
    .flatMap(({ lines }) => lines.map(({ lineId }) => lineId));
  return receipts
    .filter(({ lines }) => lines.some(({ returnLineId }) => returnLineId !== null && lineIds.includes(returnLineId)))
    .map(({ id }) => id);
};

const settledNow = (before: ReturnState | null, after: ReturnState): boolean =>
  statusOf(after) === "SETTLED" && (before === null || statusOf(before) !== "SETTLED");

const whole = (flow: FlowName): Reaction[] => [{ flow, subject: "" }];
const about = (flow: FlowName, subject: string): Reaction[] => [{ flow, subject }];

const receiptOf = (state: ReturnState, receiptLineId: string): string[] =>
  state.receipts
    .filter((receipt) => receipt.lines.some((line) => line.receiptLineId === receiptLineId))
    .map(({ id }) => id);

/** The receipt of a corrected line, and the others with goods of the same line of the return. */
const receiptsOfLine = (receiptLineId: string, { receipts }: ReturnState): string[] => {
  const [own] = receipts.flatMap(({ lines }) => lines).filter((line) => line.receiptLineId === receiptLineId);
  const shares = (line: ReturnState["receipts"][number]["lines"][number]) =>
    line === own || (own?.returnLineId && line.returnLineId === own.returnLineId);
  return receipts.filter(({ lines }) => lines.some(shares)).map(({ id }) => id);
};

const settle = (inspectionId: string, after: ReturnState): Reaction[] =>
  settlingSubjects(after, inspectionId).flatMap((subject) => about("settle-inspection", subject));

const inspected = (inspectionId: string, receiptLineId: string, after: ReturnState): Reaction[] => [
  ...settle(inspectionId, after),
  ...receiptOf(after, receiptLineId).flatMap((receiptId) => about("post-credit", receiptId)),
];

/** Inspections of this receipt that were waiting for its goods to be in the ERP. */
const inspectionsOf = (receiptId: string, after: ReturnState): Reaction[] =>
  after.inspections
    .filter((inspection) => !inspection.superseded && receiptOf(after, inspection.receiptLineId).includes(receiptId))
    .flatMap(({ inspectionId }) => settle(inspectionId, after));

/** What went in is what was asked for when its draft was made: where a correction has come since, the rest has a stock-in of its own. */
const takeInRest = (receiptId: string, after: ReturnState): Reaction[] =>
  receiptById(after, receiptId)?.lines.some((line) => addedLater(after, line).gt(0))
    ? about("take-in-receipt", receiptId)
    : [];

/** What waits for the goods of a receipt to be in the ERP. */
const goneIn = (receiptId: string, after: ReturnState): Reaction[] => [
  ...inspectionsOf(receiptId, after),
  ...about("post-credit", receiptId),
];

/** What was credited beyond what counted of one receipt, and counts now, no longer pays for the goods of the line's others. */
const creditOthers = (receiptLineId: string, after: ReturnState): Reaction[] =>
  receiptsOfLine(receiptLineId, after)
    .filter((id) => !receiptOf(after, receiptLineId).includes(id))
    .flatMap((id) => about("post-credit", id));

/** Where the memo itself brings the goods into the ERP, no stock document tells that more of them count now. After a credit of the corrected line it is a task (D-15). */
const countsAnew = (receiptId: string, corrected: string, after: ReturnState): Reaction[] => {
  const isTask = receiptOf(after, corrected).includes(receiptId) && creditOfReceiptLine(after, corrected);
  return isTask ? inspectionsOf(receiptId, after) : goneIn(receiptId, after);
};

/** Units of an inspection that counted later have a disposition of their own, which waits for the one before, though the inspection was corrected between them. */
const nextDisposition = (dispositionId: string, after: ReturnState): Reaction[] => {
  const done = after.dispositions.find((one) => one.dispositionId === dispositionId)!;
  const others = after.dispositions.filter(
    (one) => one !== done && !one.superseded && !isConfirmed(one) && isOfSameGoods(after, one, done),
  );
  return isConfirmed(done) && others.length > 0 ? inspectionOfDisposition(dispositionId, after) : [];
};

/** One run works on one credit: another of the same receipt goes on when it is done. */
const nextCredit = (creditId: string, { credits }: ReturnState): Reaction[] => {
  const done = credits.find((one) => one.creditId === creditId)!;
  const waits = credits.some(
    (one) =>
      one.receiptId === done.receiptId &&
      (["APPROVED", "QUEUED", "DRAFTED"].includes(one.status) || (one.status === "POSTED" && one.onAccount === null)),
  );
  return waits ? about("post-credit", done.receiptId) : [];
};

/** The inspection that stands for a disposition's units now. */
const inspectionOfDisposition = (dispositionId: string, after: ReturnState): Reaction[] => {
  const inspection = inspectionById(after, dispositionId);
  return inspection && !inspection.superseded ? about("settle-inspection", inspection.inspectionId) : [];
};

/** The disposition itself where it is not the one that its inspection is at. */
const settleDisposition = (dispositionId: string, after: ReturnState): Reaction[] => {
  const own = inspectionOfDisposition(dispositionId, after);
  return own.some(({ subject }) => dispositionOf(after, subject)?.dispositionId === dispositionId)
    ? own
    : about("settle-inspection", dispositionId);
};

/** The warehouse has let go: what it is to do with these goods now can be told. */
const toldAnew = (dispositionId: string, after: ReturnState): Reaction[] => {
  const holder = after.dispositions.find((one) => one.dispositionId === dispositionId);
  if (!holder?.instruction || holder.instruction.state !== "CANCELLED") return [];
  return coveredBy(after, holder, new Fraction(holder.instruction.quantity.base)).flatMap((one) =>
    about("settle-inspection", one.dispositionId),
  );
};

const approvalStarts: Record<string, (subject: ApprovalSubject, after: ReturnState) => Reaction[]> = {
  RETURN_AUTHORIZATION: aboutLines,
  POLICY_EXCEPTION: aboutLines,
  HAZARD: aboutLines,
  REGULATED: aboutLines,
  FRAUD_REVIEW: aboutLines,
  DAMAGED_GOODS: (subject, after) => {
    const inspection =
      "inspectionId" in subject && after.inspections.find((one) => one.inspectionId === subject.inspectionId);
    return inspection
      ? [...inspected(inspection.inspectionId, inspection.receiptLineId, after), ...replacementsAsked(after)]
      : [];
  },
  REPLACEMENT: (subject) => ("replacementId" in subject ? about("replace-goods", subject.replacementId) : []),
  OVER_RECEIPT: (subject, after) =>
    "over" in subject
      ? receiptOf(after, subject.over[0]!.receiptLineId).flatMap((receiptId) => about("take-in-receipt", receiptId))
      : [],
};
/** The lines are to be granted, or more of what was granted before, or lines that were added to it. */
function aboutLines(subject: ApprovalSubject, after: ReturnState): Reaction[] {
  const isGranted = after.lines.some(
    (line) => "lineIds" in subject && subject.lineIds.includes(line.id) && line.authorizedAt,
  );
  return whole(isGranted || isBegun(after) ? "amend-return" : "authorize-return");
}
const isUndecided = (line: LineState): boolean => !line.authorizedAt && undecidedQuantity(line).gt(0);

type ApprovalSubject = ReturnState["approvals"][number]["subject"];

const table: { [K in FactKind]?: React<K> } = {
  "return.requested": () => whole("authorize-return"),
  // Over units that were let in count from now on: they go in, and what became of the others of their receipt goes on with them.
  "return.authorized": ({ data: { over } }, after) =>
    over
      ? [
          ...receiptOf(after, over.receiptLineId).flatMap((receiptId) => [
            ...about("take-in-receipt", receiptId),
            ...goneIn(receiptId, after),
          ]),
          ...creditOthers(over.receiptLineId, after),
        ]
      : [],
  // What is not decided yet is decided anew by the flow that would have done it.
  "return.amended": (_, after) => [
    ...whole("amend-return"),
    ...(after.lines.some(isUndecided) && !isBegun(after) ? whole("authorize-return") : []),
  ],
  "line.short-closed": () => whole("amend-return"),
  "return.cancel-requested": () => whole("cancel-return"),
  "return.expired": () => whole("cancel-return"),
  // Goods that came while the cancel was under way stay authorized; what the cancel kept from being told to the ERP is due now.
  "return.cancelled": (_, after) => [
    ...(after.lines.some((line) => authorizedOf(line).gt(0)) && !after.erpAuthorization
      ? whole("authorize-return")
      : []),
    ...whole("close-return"),
  ],
  "warehouse.instruction-withdrawn": (_, after) => (after.cancelRequested ? whole("cancel-return") : []),
  "label.voided": (_, after) => {
    if (after.cancelRequested) return whole("cancel-return");
    return after.labels.some(({ replaced, status }) => replaced && status === "ISSUED") ? whole("amend-return") : [];
  },
  "effect.resolved": (_, after) => (after.cancelRequested ? whole("cancel-return") : []),
  "effect.undone": () => [],
  "erp-authorization.created": (_, after) => after.receipts.flatMap(({ id }) => about("take-in-receipt", id)),
  "partner.reported": ({ data }) => about("take-in-report", data.reportId),
  // What was told of its goods before they came can be read now.
  "receipt.recorded": ({ data }, { reports = [] }) => [
    ...about("take-in-receipt", data.receiptId),
    ...reports.filter(({ told }) => !told).flatMap(({ reportId }) => about("take-in-report", reportId)),
  ],
  // What counts of a later receipt of the line may be another quantity too.
  "receipt.corrected": ({ data }, after) =>
    receiptsOfLine(data.receiptLineId, after).flatMap((receiptId) => [
      ...about("take-in-receipt", receiptId),
      ...(after.erpAuthorization ? [] : countsAnew(receiptId, data.receiptLineId, after)),
    ]),
  "receipt.matched": ({ data }) => about("take-in-receipt", data.receiptId),
  "inspection.completed": ({ data }, after) => inspected(data.inspectionId, data.receiptLineId, after),
  "inspection.corrected": ({ data }, after) => inspected(data.inspectionId, data.receiptLineId, after),
  // In another currency it is only now known whether somebody has to approve what is paid for damaged goods (D-22).
  "disposition.decided": ({ data }, after) =>
    isForeign(after) ? receiptOf(after, data.receiptLineId).flatMap((id) => about("post-credit", id)) : [],
  "disposition.changed": ({ data }) => about("settle-inspection", data.dispositionId),
  "disposition.instruction-withdrawn": ({ data }, after) => toldAnew(data.dispositionId, after),
  "disposition.executed": ({ data }, after) => settleDisposition(data.dispositionId, after),
  "inventory.received": ({ data }, after) => [...takeInRest(data.receiptId, after), ...goneIn(data.receiptId, after)],
  "inventory.corrected": ({ data }, after) => [
    ...goneIn(data.receiptId, after),
    ...creditOthers(data.receiptLineId, after),
  ],
  "inventory.confirmed": ({ data }, after) => [...nextDisposition(data.dispositionId, after), ...whole("close-return")],
  "credit.approved": ({ data }, after) =>
    creditOf(data.creditId, after).flatMap(({ receiptId }) => about("post-credit", receiptId)),
  // Where the memo would have brought the goods in, they are now a person's to book.
  "credit.declined": ({ data }, after) =>
    after.credits
      .filter(({ creditId }) => creditId === data.creditId)
      .flatMap(({ receiptId }) => inspectionsOf(receiptId, after)),
  "credit.applied": ({ data }, after) => [...nextCredit(data.creditId, after), ...whole("close-return")],
  // Given up before its approval, because its goods were corrected (W-08): what they are worth now is calculated.
  "credit.reversed": ({ data }, after) =>
    after.credits
      .filter(({ creditId, number }) => creditId === data.creditId && number === null)
      .flatMap(({ receiptId }) =>
        after.erpAuthorization ? about("post-credit", receiptId) : goneIn(receiptId, after),
      ),
  "replacement.requested": ({ data }) => about("replace-goods", data.replacementId),
  "replacement.ordered": ({ data }, after) => goodsReplaced(data.replacementId, after),
  // What came for it is credited instead.
  "replacement.cancelled": ({ data }, after) => [
    ...receiptsReplaced(data.replacementId, after).flatMap((receiptId) => goneIn(receiptId, after)),
    ...(after.cancelRequested ? whole("cancel-return") : []),
  ],
  "replacement.shipped": (_, after) => (after.cancelRequested ? whole("cancel-return") : []),
  "exception.resolved": ({ data }, after) => [
    ...(data.resolution === "CANCELLED" &&
    (isOf("CUSTOMER_BLOCKED", data.exceptionId, after) || isOf("OUT_OF_STOCK", data.exceptionId, after))
      ? replacementsAsked(after)
      : []),
    ...(data.resolution === "CANCELLED" && isOf("ERP_MOVE_BY_HAND", data.exceptionId, after)
      ? after.receipts.flatMap(({ id }) => inspectionsOf(id, after))
      : []),
    ...(after.cancelRequested && isOf("UNDO_REFUSED", data.exceptionId, after) ? whole("cancel-return") : []),
    ...whole("close-return"),
  ],
  "approval.decided": ({ data }, after) => {
    const approval = after.approvals.find(({ approvalId }) => approvalId === data.approvalId);
    return approval ? (approvalStarts[approval.kind]?.(approval.subject, after) ?? []) : [];
  },
};

const isOf = (code: ExceptionCode, exceptionId: string, { exceptions }: ReturnState): boolean =>
  exceptions.some((task) => task.exceptionId === exceptionId && task.code === code);

/** A credit that needed nobody's approval is approved by the run that calculated it, which goes on by itself. */
const creditOf = (creditId: string, after: ReturnState) =>
  after.credits.filter((credit) => credit.creditId === creditId && credit.approvals.length > 0);
