import { type Fraction, least, most, sum, zero } from "#shared/decimal.ts";
import { base } from "./base-quantity.ts";
import { addedLater, stockBatches, stockInOf } from "./goods.ts";
import { receiptLines } from "./quantities.ts";
import type { LineState, ReceiptLine, ReturnState } from "./return-state.ts";

/** Units of a receipt line that want a return order of their own: of those that would go on the first one what it does not hold any more, and what was added after its stock-in. What came before goes first (D-10, D-15). */
export function beyondAuthorization(state: ReturnState, line: LineState, receiptLine: ReceiptLine): Fraction {
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
