import { dispositionById, inspectionById } from "../dispositions.ts";
import { creditOfReceiptLine, receiptLineById, wasResolved } from "../goods.ts";
import type { InspectionState, ReturnState } from "../return-state.ts";
import type { DecidingStep, Task } from "../step.ts";

/** What was judged when the inspection was recorded holds, unless a credit was decided on another result: then a person decides (D-15). */
export const judgeInspection: DecidingStep<undefined> = {
  kind: "decide",
  name: "judge-inspection",
  system: null,
  guard: (state, run) => {
    if (dispositionById(state, run.subject)?.superseded) return { end: "another decision replaced this one" };
    const inspection = inspectionById(state, run.subject);
    if (!inspection || inspection.superseded) return { end: "a later revision replaced this inspection" };
    if (!replacedAfterCredit(state, inspection)) return { skip: "no credit was decided on an earlier result" };
    const task = correctedAfterCredit(state, inspection);
    return wasResolved(state, task) ? { skip: "a person has decided" } : { task };
  },
  decide: () => ({ facts: [] }),
};

function correctedAfterCredit(state: ReturnState, inspection: InspectionState): Task {
  const credit = creditOfReceiptLine(state, inspection.receiptLineId)!;
  const line = receiptLineById(state, inspection.receiptLineId)!;
  return {
    code: "CORRECTION_AFTER_CREDIT",
    summary: `${line.sku} of ${state.rmaNumber} was inspected again as ${inspection.grade}, but credit ${credit.number ?? credit.transactionKey} was decided on the earlier result.`,
    cause: `inspection-after-credit:${inspection.inspectionId}`,
  };
}

/** A revision that came after a credit of its receipt line was calculated, and says something else. */
function replacedAfterCredit(state: ReturnState, inspection: InspectionState): boolean {
  const credit = creditOfReceiptLine(state, inspection.receiptLineId);
  const before = state.inspections.filter(
    (old) => old.superseded && old.receiptLineId === inspection.receiptLineId && old.number === inspection.number,
  );
  return (
    credit !== undefined &&
    credit.version < inspection.version &&
    before.some((old) => old.percent !== inspection.percent || old.quantity.base !== inspection.quantity.base)
  );
}
