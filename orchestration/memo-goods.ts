import type { CreditMemoRequest } from "#adapters/erp/port.ts";
import type { KeyedDocument } from "#adapters/port.ts";
import { Fraction, sum, zero } from "#shared/decimal.ts";
import { newId } from "#shared/ids.ts";
import type { CreditLine, NewFact, PostingLine } from "./facts-vocabulary.ts";
import { lineById, postedBase, receiptLineById, receiptOfLine, withinAuthorization } from "./goods.ts";
import { amountOf } from "./receiving.ts";
import type { CreditState, ReturnState } from "./return-state.ts";
import { isWithoutGoods } from "./status.ts";

// Goods that come into the ERP with the credit memo, where no stock document does it before (D-02).

/** For each line of the credit the place that its goods come into; undefined for a line without goods, or whose goods a person has booked already. */
export function placesOfMemo(state: ReturnState, { lines }: CreditState): (string | undefined)[] {
  const sofar = new Map<string, Fraction>();
  return lines.map((line) => {
    const returnLine = lineById(state, line.returnLineId)!;
    if (isWithoutGoods(returnLine) || isBookedByHand(state, line, sofar)) return undefined;
    return returnLine.posted!.supplierOwned ? "consignment" : "quarantine";
  });
}

/** No more goods of a receipt line come in than there are, what a person has booked counted too. */
function isBookedByHand(state: ReturnState, line: CreditLine, sofar: Map<string, Fraction>): boolean {
  const { receiptLineId, quantity } = line;
  const byHand = bookedByHand(state, receiptLineId);
  if (byHand.equals(0)) return false;
  const before = sofar.get(receiptLineId) ?? zero;
  sofar.set(receiptLineId, before.add(quantity.base));
  const counted = withinAuthorization(state, receiptLineById(state, receiptLineId)!);
  return before.add(quantity.base).add(byHand).add(postedBase(state, receiptLineId)).gt(counted);
}

/** Base units of a receipt line that no memo brought in and a person has booked in the ERP. */
const bookedByHand = (state: ReturnState, receiptLineId: string): Fraction =>
  sum(
    state.dispositions
      .filter((disposition) => disposition.receiptLineId === receiptLineId)
      .flatMap(({ dispositionId }) => state.postings.filter((posting) => posting.dispositionId === dispositionId))
      .filter(({ kind, from }) => kind === "CORRECTION" && from === OUTSIDE)
      .map(({ quantity }) => new Fraction(quantity.base)),
  );

/** Where goods are that the ERP does not have: in the warehouse alone. */
export const OUTSIDE = "warehouse";

type Posted = { key: string; document: KeyedDocument };

/** inventory.received for what the memo brought in, one for each place; none where a stock document did it. */
export function goodsOfMemo(state: ReturnState, { lines }: CreditMemoRequest, posted: Posted): NewFact[] {
  const brought = lines.filter(({ location }) => location !== undefined);
  return [...Map.groupBy(brought, ({ location }) => location!)].map(([location, goods]) =>
    received(state, location, goods, posted),
  );
}

type Line = CreditMemoRequest["lines"][number];

function received(state: ReturnState, location: string, goods: Line[], { key, document }: Posted): NewFact {
  const lines = goods.map((line) => postedLine(state, line, document));
  return {
    kind: "inventory.received",
    data: {
      postingId: newId("pst"),
      transactionKey: key,
      documentId: document.id,
      documentNumber: document.number,
      location,
      receiptId: receiptOfLine(state, lines[0]!.receiptLineId)!.id,
      lines,
    },
  };
}

/** A memo line's `ref` is its receipt line's id and its place in the credit. */
function postedLine(state: ReturnState, { ref, sku, quantity, unit }: Line, document: KeyedDocument): PostingLine {
  const receiptLineId = ref.slice(0, ref.lastIndexOf("#"));
  const { returnLineId } = receiptLineById(state, receiptLineId)!;
  const amount = amountOf(lineById(state, returnLineId), { value: quantity, unit })!;
  const erpLineId = document.lines.find((line) => line.ref === ref)?.id ?? null;
  return { receiptLineId, returnLineId, sku, quantity: amount, erpLineId };
}
