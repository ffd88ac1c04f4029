import { type Fraction, least, most, sum, zero } from "#shared/decimal.ts";
import { base } from "../base-quantity.ts";
import type { NewFact } from "../facts-vocabulary.ts";
import { addedLater, exactAmount, lineById, receiptById, stockBatches, stockInOf } from "../goods.ts";
import { receiptLines } from "../quantities.ts";
import type { LineState, ReceiptLine, ReturnState } from "../return-state.ts";
import type { DecidingStep } from "../step.ts";

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
    return [
      {
        kind: "erp-authorization.exceeded",
        data: { receiptLineId, lineId: line.id, quantity: exactAmount(line, beyond) },
      },
    ];
  });
}

/** Of the units of a receipt line that would go on the first authorization, those that it does not hold any more: what came before goes first. */
function beyondAuthorization(state: ReturnState, line: LineState, receiptLine: ReceiptLine): Fraction {
  const told = state.erpAuthorization?.asked;
  const own = firstBatch(state, receiptLine);
  if (own.posted) return addedLater(state, receiptLine);
  if (!told) return zero;
  const held = told[line.id] ? base(told[line.id]!.base) : zero;
  const others = receiptLines(state).filter(
    ({ returnLineId, receiptLineId }) => returnLineId === line.id && receiptLineId !== receiptLine.receiptLineId,
  );
  const room = most(zero, held.sub(sum(others.map((one) => takenBy(state, one, receiptLine)))));
  return own.base.sub(least(own.base, room));
}

/** What was received stays received there, whatever was corrected since. */
function takenBy(state: ReturnState, other: ReceiptLine, { order }: ReceiptLine): Fraction {
  const { receiptLineId, version } = other;
  const posted = stockInOf(state, receiptLineId, version);
  if (!posted) return other.order < order ? firstBatch(state, other).base : zero;
  const lines = posted.lines.filter((line) => line.receiptLineId === receiptLineId);
  return sum(lines.map(({ quantity }) => base(quantity.base)));
}

const firstBatch = (state: ReturnState, receiptLine: ReceiptLine) => stockBatches(state, receiptLine)[0]!;
