import type { AdjustmentRequest } from "#adapters/erp/port.ts";
import { type Fraction, least, most, zero } from "#shared/decimal.ts";
import { newId } from "#shared/ids.ts";
import type { NewFact } from "../facts-vocabulary.ts";
import {
  correctedBase,
  effectKey,
  exactAmount,
  isCorrectedAfterCredit,
  lineById,
  postedBase,
  receiptLineById,
  receiptOfLine,
  toStockIn,
  withinAuthorization,
} from "../goods.ts";
import { amountOf } from "../receiving.ts";
import type { ReceiptLine, ReturnState } from "../return-state.ts";
import type { DocumentStep } from "../step.ts";

/**
 * J: the signed delta after a correction of what is in the ERP already (D-15): what is not there, and what of that is there after all. More than ever came in
 * has a stock-in of its own. What a posted credit covers is check-receipt's task, never posted by itself.
 */
export const postStockCorrection: DocumentStep<AdjustmentRequest> = {
  kind: "effect",
  protocol: "draft-and-post",
  name: "post-stock-correction",
  system: "erp",
  deed: "post stock correction",
  guard: (state, run) => {
    if (!run.systems.erpOf(state.companyId).stockBeforeCredit) return { skip: "the credit memo brings the stock in" };
    return differing(state).length > 0 ? "go" : { skip: "the ERP has what was received" };
  },
  port: (state, run) => run.systems.erpOf(state.companyId).adjustment,
  intent: (state, run) => {
    const lines = differing(state);
    return { key: effectKey(state, run, "J", lastChange(state, lines)), request: request(state, lines) };
  },
  facts: (state, { number }, _run, { key, request: asked }) =>
    asked.lines.map((line) => corrected(state, line, { transactionKey: key, documentNumber: number })),
};

/** Posted lines whose counted quantity is another now. */
const differing = (state: ReturnState): ReceiptLine[] =>
  state.receipts
    .flatMap(({ lines }) => lines)
    .filter(
      (line) => everReceived(state, line) && !isCorrectedAfterCredit(state, line) && !delta(state, line).equals(0),
    );

const everReceived = (state: ReturnState, { receiptLineId }: ReceiptLine): boolean =>
  state.postings.some(
    ({ kind, lines }) => kind === "STOCK_IN" && lines.some((line) => line.receiptLineId === receiptLineId),
  );

/** What a stock-in of its own brings or will bring is no correction. */
function delta(state: ReturnState, line: ReceiptLine): Fraction {
  const { receiptLineId } = line;
  const signed = withinAuthorization(state, line).sub(toStockIn(state, line)).sub(postedBase(state, receiptLineId));
  return least(signed, most(zero, correctedBase(state, receiptLineId).neg()));
}

/** The fact that made the difference: the last correction, an authorization that let over units in after one, or the posting that it came too late for. */
const lastChange = (state: ReturnState, changed: ReceiptLine[]): number =>
  Math.max(
    state.authorizedVersion ?? 0,
    ...state.receipts.flatMap(({ lines }) => lines).map(({ correctedVersion }) => correctedVersion ?? 0),
    ...changed.flatMap(({ receiptLineId }) => postingsOf(state, receiptLineId)).map(({ version }) => version),
  );

const postingsOf = (state: ReturnState, receiptLineId: string) =>
  state.postings.filter(({ lines }) => lines.some((line) => line.receiptLineId === receiptLineId));

function request(state: ReturnState, lines: ReceiptLine[]): AdjustmentRequest {
  return {
    description: `Correction of receipts of ${state.rmaNumber}`,
    lines: lines.map((line) => {
      const signed = delta(state, line);
      const returnLine = lineById(state, line.returnLineId)!;
      const { value, unit } = exactAmount(returnLine, signed.abs());
      return {
        ref: line.receiptLineId,
        direction: signed.gt(0) ? ("IN" as const) : ("OUT" as const),
        sku: line.sku,
        quantity: value,
        unit,
        location: returnLine.posted?.supplierOwned ? "consignment" : "quarantine",
        reasonCode: returnLine.reasonCode,
        serialNumbers: [],
        lotNumber: line.lotNumber,
      };
    }),
  };
}

function corrected(
  state: ReturnState,
  asked: AdjustmentRequest["lines"][number],
  document: { transactionKey: string; documentNumber: string },
): NewFact {
  const line = receiptLineById(state, asked.ref)!;
  const { value, unit, base } = amountOf(lineById(state, line.returnLineId), {
    value: asked.quantity,
    unit: asked.unit,
  })!;
  const sign = asked.direction === "IN" ? "" : "-";
  return {
    kind: "inventory.corrected",
    data: {
      postingId: newId("pst"),
      ...document,
      receiptId: receiptOfLine(state, asked.ref)!.id,
      receiptLineId: asked.ref,
      delta: { value: `${sign}${value}`, unit, base: `${sign}${base}` },
    },
  };
}
