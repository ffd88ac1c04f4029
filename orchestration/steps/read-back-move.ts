import { Fraction, sum, toPlain } from "#shared/decimal.ts";
import { newId } from "#shared/ids.ts";
import { madeByHand, moveTask } from "../hand-moves.ts";
import { receiptLineById } from "../goods.ts";
import { OUTSIDE } from "../memo-goods.ts";
import type { ReturnState } from "../return-state.ts";
import type { DecidingStep, Run } from "../step.ts";
import { dispositionOf } from "../dispositions.ts";
import { awaitHandMove, handMoveOf, movesInErp } from "./post-disposition.ts";

type Read = { moved: { sku: string; quantity: string }[] };

/** A move that a person made in the ERP stands in its item ledger under the number that was given for it (D-02, D-32). The ledger tells no location (D-05). */
export const readBackMove: DecidingStep<Read> = {
  kind: "decide",
  name: "read-back-move",
  system: "erp",
  guard: (state, run) => {
    if (run.systems.erpOf(state.companyId).movesStock) return { skip: "a document of ours has moved the goods" };
    if (!movesInErp(state, run) || dispositionOf(state, run.subject)!.adjusted)
      return { skip: "there is no move to read back" };
    return awaitHandMove(state, run) ?? "go";
  },
  read: async (state, run) => {
    const number = numberOf(state, run);
    const found = await run.systems.erpOf(state.companyId).findStockMoves([number], run.call);
    return { moved: found.get(number) ?? [] };
  },
  decide: (state, { moved }, run) => {
    const [move, number] = [handMoveOf(state, run), numberOf(state, run)];
    const { dispositionId, quantity, receiptLineId } = dispositionOf(state, run.subject)!;
    const why = whyNot(state, {
      moved,
      number,
      sku: receiptLineById(state, receiptLineId)!.sku,
      ...move,
      base: quantity.base,
    });
    if (why) return { facts: [], tasks: [moveTask(move, `${why} `)], then: "stop" };
    const { kind, from, to } = move;
    // The key of a document that is not ours is its number.
    const posting = { postingId: newId("pst"), transactionKey: number, documentNumber: number };
    return {
      facts: [
        { kind: "inventory.adjusted", data: { ...posting, kind, dispositionId, from: from ?? OUTSIDE, to, quantity } },
      ],
    };
  },
};

/** Of the document that a person booked; the guard has seen that there is one. */
function numberOf(state: ReturnState, run: Run): string {
  const made = madeByHand(state, handMoveOf(state, run));
  return made.is === "BOOKED" ? made.number : "";
}

type Given = Read & { number: string; sku: string; base: string; kind: string; from: string | null };

/** What speaks against the document, as far as the ledger tells; null if nothing does. */
function whyNot(state: ReturnState, { moved, number, sku, base, kind, from }: Given): string | null {
  if (state.postings.some(({ documentNumber, dispositionId }) => documentNumber === number && dispositionId === null))
    return `${number} is the document that brought the goods in.`;
  const ofItem = moved.filter((one) => one.sku === sku);
  if (ofItem.length === 0) return `The ERP's item ledger shows no ${sku} under ${number}.`;
  const left = sum(ofItem.map(({ quantity }) => new Fraction(quantity))).neg();
  return kind === "SCRAP" && from !== null && left.lt(base)
    ? `Under ${number} the ERP's item ledger shows ${toPlain(left, 5)} ${sku} written off, not ${base}.`
    : null;
}
