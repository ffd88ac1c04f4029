import { creditOfReceiptLine, receiptLineById } from "../goods.ts";
import type { InspectionState, ReturnState } from "../return-state.ts";
import type { DecidingStep } from "../step.ts";

/** What was judged when the inspection was recorded holds, unless a credit was decided on another result: then a person decides (D-15). */
export const judgeInspection: DecidingStep<undefined> = {
  kind: "decide",
  name: "judge-inspection",
  system: null,
  guard: (state, run) => {
    const inspection = inspectionById(state, run.subject);
    if (!inspection || inspection.superseded) return { end: "a later revision replaced this inspection" };
    return replacedAfterCredit(state, inspection) ? "go" : { skip: "no credit was decided on an earlier result" };
  },
  decide: (state, _, run) => {
    const inspection = inspectionById(state, run.subject)!;
    const credit = creditOfReceiptLine(state, inspection.receiptLineId)!;
    const line = receiptLineById(state, inspection.receiptLineId)!;
    return {
      facts: [],
      tasks: [
        {
          code: "CORRECTION_AFTER_CREDIT",
          summary: `${line.sku} of ${state.rmaNumber} was inspected again as ${inspection.grade}, but credit ${credit.number ?? credit.transactionKey} was decided on the earlier result.`,
          cause: `inspection-after-credit:${inspection.inspectionId}`,
        },
      ],
      then: "stop",
    };
  },
};

export const inspectionById = (state: ReturnState, id: string): InspectionState | undefined =>
  state.inspections.find(({ inspectionId }) => inspectionId === id);

/** A revision that came after a credit of its receipt line was calculated, and says something else. */
function replacedAfterCredit(state: ReturnState, inspection: InspectionState): boolean {
  const credit = creditOfReceiptLine(state, inspection.receiptLineId);
  const before = state.inspections.filter(
    (old) => old.superseded && old.receiptLineId === inspection.receiptLineId && old.number === inspection.number,
  );
  return (
    credit !== undefined &&
    before.some((old) => old.percent !== inspection.percent || old.quantity.base !== inspection.quantity.base)
  );
}
