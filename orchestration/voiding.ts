import { Fraction } from "#shared/decimal.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import { creditedUnits } from "./quantities.ts";
import type { ApprovalState, CreditState, InspectionState, ReceiptLine, ReturnState } from "./return-state.ts";

// Approvals bind to what was decided: whoever changes that voids them in the same transaction (W-08), and the flow decides and asks anew.

const reason = "What it is about was corrected.";

/** A receipt line counts fewer units now: a credit of more of them that waits for its approval is given up. */
export const voidedByReceipt = (state: ReturnState, receiptLineId: string, base: string): NewFact[] =>
  waitingCredits(state, receiptLineId)
    .filter((credit) => creditedUnits([credit], { receiptLineId }).gt(base))
    .flatMap((credit) => givenUp(state, credit));

/** Units of a receipt line get a return order of their own before they went in, and `left` stay: credits of more, which wait for that stock-in, are given up (W-08). */
export function voidedByMove(state: ReturnState, { receiptLineId, version }: ReceiptLine, left: Fraction): NewFact[] {
  const waiting = state.credits.filter(
    ({ status, stockInVersion, lines }) =>
      UNDRAFTED.includes(status) &&
      stockInVersion === version &&
      lines.some((line) => line.receiptLineId === receiptLineId),
  );
  return creditedUnits(waiting, { receiptLineId }).gt(left) ? waiting.flatMap((credit) => givenUp(state, credit)) : [];
}
const UNDRAFTED: readonly string[] = ["PENDING_APPROVAL", "APPROVED", "QUEUED"];

/** An inspection is replaced: what was asked about it, and a credit at another percent or of more units that waits for its approval. */
export function voidedByInspection(
  state: ReturnState,
  old: InspectionState,
  now: Pick<InspectionState, "percent" | "quantity">,
): NewFact[] {
  const asked = state.approvals.filter(
    ({ subject }) => "inspectionId" in subject && subject.inspectionId === old.inspectionId,
  );
  const sameWorth = new Fraction(old.percent).equals(now.percent) && old.quantity.base === now.quantity.base;
  const credits = sameWorth ? [] : waitingCredits(state, old.receiptLineId);
  return [...voided(asked), ...credits.flatMap((credit) => givenUp(state, credit))];
}

/** What becomes of inspected goods is decided otherwise. What was approved has had its effect once their credit is decided. */
export function voidedByDisposition(state: ReturnState, inspectionId: string, receiptLineId: string): NewFact[] {
  const asked = state.approvals.filter(
    ({ kind, subject }) =>
      kind === "DAMAGED_GOODS" && "inspectionId" in subject && subject.inspectionId === inspectionId,
  );
  const given = voided(asked);
  if (given.length === 0 || isPaid(state, receiptLineId)) return [];
  return [...given, ...waitingCredits(state, receiptLineId).flatMap((credit) => givenUp(state, credit))];
}

const GIVEN_UP: readonly string[] = ["PENDING_APPROVAL", "DECLINED", "REVERSED"];
const isPaid = ({ credits }: ReturnState, receiptLineId: string): boolean =>
  credits.some(
    ({ status, lines }) => !GIVEN_UP.includes(status) && lines.some((line) => line.receiptLineId === receiptLineId),
  );

/** Lines are asked for otherwise now: what was asked about them and is not used yet. An approval of what was granted before has done its work. */
export const voidedByAmendment = (state: ReturnState, lineIds: readonly string[]): NewFact[] =>
  voided(
    state.approvals.filter(
      ({ subject, status }) =>
        "lineIds" in subject &&
        subject.lineIds.some((id) => lineIds.includes(id) && (status === "PENDING" || !isGranted(state, id))),
    ),
    "The line was amended.",
  );

/** These lines expired: nobody has to decide on them any more. */
export const voidedByExpiry = (state: ReturnState, lineIds: readonly string[]): NewFact[] =>
  voided(
    state.approvals.filter(
      ({ subject, status }) =>
        status === "PENDING" && "lineIds" in subject && subject.lineIds.some((id) => lineIds.includes(id)),
    ),
    "The return expired.",
  );

const isGranted = ({ lines }: ReturnState, lineId: string): boolean =>
  lines.some(({ id, authorizedAt, pendingIncrease }) => id === lineId && authorizedAt && pendingIncrease === "0");

/** Nothing of these is in the ERP: before the approval there is no draft. */
const waitingCredits = ({ credits }: ReturnState, receiptLineId: string): CreditState[] =>
  credits.filter(
    ({ status, lines }) => status === "PENDING_APPROVAL" && lines.some((line) => line.receiptLineId === receiptLineId),
  );

const givenUp = ({ approvals }: ReturnState, { creditId }: CreditState): NewFact[] => [
  ...voided(approvals.filter(({ subject }) => "creditId" in subject && subject.creditId === creditId)),
  { kind: "credit.reversed", data: { creditId, reason } },
];

const voided = (approvals: readonly ApprovalState[], why: string = reason): NewFact[] =>
  approvals
    .filter(({ status }) => status === "PENDING" || status === "APPROVED")
    .map(({ approvalId }) => ({ kind: "approval.voided", data: { approvalId, reason: why } }));
