import { zero } from "#shared/decimal.ts";
import { beyondAuthorization } from "../beyond-authorization.ts";
import type { NewFact } from "../facts-vocabulary.ts";
import { exactAmount, lineById, receiptById, stockBatches } from "../goods.ts";
import type { ReturnState } from "../return-state.ts";
import type { DecidingStep } from "../step.ts";
import { voidedByMove } from "../voiding.ts";

/**
 * Units that count and are beyond what the posted return order holds, for an amendment let them come or a corrected receipt has used it up, and those that a
 * correction added to a receipt that is posted: they get one of their own, with their receipt (D-10, D-15).
 */
export const extendErpAuthorization: DecidingStep<undefined> = {
  kind: "decide",
  name: "extend-erp-authorization",
  system: null,
  guard: (state, run) => {
    if (run.systems.erpOf(state.companyId).mode !== "return-order") return { skip: "this ERP has no return orders" };
    return exceeded(state, run.subject).length > 0 ? "go" : { skip: "the ERP's authorization holds what came" };
  },
  decide: (state, _, run) => ({ facts: exceeded(state, run.subject) }),
};

function exceeded(state: ReturnState, receiptId: string): NewFact[] {
  return (receiptById(state, receiptId)?.lines ?? []).flatMap((receiptLine): NewFact[] => {
    const line = lineById(state, receiptLine.returnLineId);
    const beyond = line ? beyondAuthorization(state, line, receiptLine) : zero;
    if (!line || beyond.lte(0)) return [];
    const { receiptLineId } = receiptLine;
    const first = stockBatches(state, receiptLine)[0]!;
    return [
      {
        kind: "erp-authorization.exceeded",
        data: { receiptLineId, lineId: line.id, quantity: exactAmount(line, beyond) },
      },
      ...(first.posted ? [] : voidedByMove(state, receiptLine, first.base.sub(beyond))),
    ];
  });
}
