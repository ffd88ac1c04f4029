import { type Fraction, sum } from "#shared/decimal.ts";
import { hashOf } from "#shared/hash.ts";
import { formatBase } from "#shared/quantity.ts";
import { base } from "./base-quantity.ts";
import { authorizedOf, receivedShares } from "./quantities.ts";
import type { ApprovalState, LineState, ReceiptLine, ReturnState } from "./return-state.ts";

/** Units of a receipt line that came beyond what is authorized of its line, in base units. */
export type OverPart = { receiptLine: ReceiptLine; base: Fraction };

/** What came over on a line, in the order in which it came. */
export const overParts = (state: ReturnState, line: LineState): OverPart[] =>
  receivedShares(state, line)
    .filter(({ over }) => over.gt(0))
    .map(({ receiptLine, over }) => ({ receiptLine, base: over }));

/** An approval to let over units in; `over` is what was asked for. */
export type OverApproval = ApprovalState & { subject: Extract<ApprovalState["subject"], { overLineId: string }> };

/** The last approval that was asked for a line's over units, and that was neither voided nor used. */
export const overApprovalOf = (state: ReturnState, line: LineState): OverApproval | undefined =>
  state.approvals.findLast(
    (approval): approval is OverApproval =>
      isOverApproval(approval) &&
      approval.subject.overLineId === line.id &&
      approval.status !== "VOIDED" &&
      !state.additions.some(({ approvalId }) => approvalId === approval.approvalId),
  );

export const isOverApproval = (approval: ApprovalState): approval is OverApproval => "overLineId" in approval.subject;

/** Base units that an approval is about. */
export const askedFor = ({ subject }: OverApproval): Fraction =>
  sum(subject.over.map(({ quantity }) => base(quantity.base)));

/** What a decision on over units binds to (W-08): the line's authorization, all that came over with its revisions, and what is asked for. */
export const overHash = (state: ReturnState, line: LineState, over: OverApproval["subject"]["over"]): string =>
  hashOf([
    line.id,
    formatBase(authorizedOf(line)),
    overParts(state, line).map(({ receiptLine, base: units }) => [
      receiptLine.receiptLineId,
      receiptLine.revision,
      formatBase(units),
    ]),
    over,
  ]);

/** Whether what an approval was asked for is still so; a correction, another receipt or an amendment voids it (W-08). */
export function stillStands(state: ReturnState, { subject, decisionHash }: OverApproval): boolean {
  const line = state.lines.find(({ id }) => id === subject.overLineId);
  return line !== undefined && overHash(state, line, subject.over) === decisionHash;
}
