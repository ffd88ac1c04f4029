import { Fraction, sum } from "#shared/decimal.ts";
import { coveredBy, dispositionById } from "./dispositions.ts";
import { lineById, postedBase } from "./goods.ts";
import type { DispositionState, ReturnState } from "./return-state.ts";

// Where the ERP has the goods of a disposition.

/** Where goods of a line come into the ERP. */
const cameIn = (state: ReturnState, { returnLineId }: Pick<DispositionState, "returnLineId">): string =>
  lineById(state, returnLineId)?.posted?.supplierOwned ? "consignment" : "quarantine";

/** Where they came in, or where a disposition that this one changed has put them, if these units were among those that it moved; null: it took them out. */
export function placeOf(state: ReturnState, disposition: DispositionState): string | null {
  for (
    let before = dispositionById(state, disposition.replaces);
    before;
    before = dispositionById(state, before.replaces)
  ) {
    const key = before.adjusted?.transactionKey;
    const moved = state.postings.find(({ transactionKey }) => transactionKey === key);
    if (moved && coveredBy(state, before, new Fraction(moved.quantity.base)).includes(disposition)) return moved.to;
  }
  return cameIn(state, disposition);
}

/** Whether there are goods of its receipt line for it: they were moved by a disposition before it, or some are left where they came in. */
export const isThere = (state: ReturnState, disposition: DispositionState): boolean =>
  placeOf(state, disposition) !== cameIn(state, disposition) || leftWhereTheyCameIn(state, disposition).gt(0);

/** What no disposition of the receipt line has taken from there. */
function leftWhereTheyCameIn(state: ReturnState, { receiptLineId, returnLineId }: DispositionState): Fraction {
  const ids = new Set(
    state.dispositions.filter((one) => one.receiptLineId === receiptLineId).map(({ dispositionId }) => dispositionId),
  );
  const from = cameIn(state, { returnLineId });
  const taken = state.postings.filter((one) => one.from === from && ids.has(one.dispositionId ?? ""));
  return postedBase(state, receiptLineId).sub(sum(taken.map(({ quantity }) => new Fraction(quantity.base))));
}
