import { type Fraction, least, most, sum, zero } from "#shared/decimal.ts";
import { base } from "../base-quantity.ts";
import type { NewFact } from "../facts-vocabulary.ts";
import { exactAmount, lineById, receiptById, stockBatches } from "../goods.ts";
import { receiptLines } from "../quantities.ts";
import type { LineState, ReceiptLine, ReturnState } from "../return-state.ts";
import type { DecidingStep } from "../step.ts";

/** Units that an amendment let come after the return order was posted: what is beyond its quantity gets one of its own, with these units' receipt (D-10). */
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

/** Of the units of a receipt line that are on the first authorization, those that it does not hold any more: the units that came before go first. */
function beyondAuthorization(state: ReturnState, line: LineState, receiptLine: ReceiptLine): Fraction {
  const told = state.erpAuthorization?.asked;
  if (!told) return zero;
  const held = told[line.id] ? base(told[line.id]!.base) : zero;
  const own = firstBatch(state, receiptLine);
  if (own.posted) return zero;
  const before = receiptLines(state).filter(
    ({ returnLineId, order }) => returnLineId === line.id && order < receiptLine.order,
  );
  const room = most(zero, held.sub(sum(before.map((one) => firstBatch(state, one).base))));
  return own.base.sub(least(own.base, room));
}

const firstBatch = (state: ReturnState, receiptLine: ReceiptLine) => stockBatches(state, receiptLine)[0]!;
