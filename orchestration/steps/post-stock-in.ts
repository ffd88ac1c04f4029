import type { StockInRequest } from "#adapters/erp/port.ts";
import { newId } from "#shared/ids.ts";
import type { PostingLine } from "../facts-vocabulary.ts";
import {
  effectKey,
  exactAmount,
  lineById,
  receiptById,
  receiptLineById,
  receiptOfLine,
  withinAuthorization,
} from "../goods.ts";
import type { ReceiptLine, ReturnState } from "../return-state.ts";
import type { DocumentStep } from "../step.ts";
import { amountOf } from "../receiving.ts";

/** R: the goods of one receipt.recorded into quarantine, once (D-01). Over and mismatched units stay in the warehouse's quarantine until their task is done. */
export const postStockIn: DocumentStep<StockInRequest> = {
  kind: "effect",
  protocol: "draft-and-post",
  name: "post-stock-in",
  system: "erp",
  deed: "post return receipt",
  guard: (state, run) => {
    if (run.systems.erpOf(state.companyId).mode !== "return-order")
      return { skip: "the credit memo brings the stock in" };
    return dueLines(state, run.subject).length > 0 ? "go" : { skip: "no goods of this receipt wait for stock in" };
  },
  port: (state, run) => run.systems.erpOf(state.companyId).stockIn,
  intent: (state, run) => {
    const lines = dueLines(state, run.subject);
    return { key: effectKey(state, run, "R", lines[0]!.version), request: request(state, lines) };
  },
  facts: (state, document, _run, { key, request: asked }) => [
    {
      kind: "inventory.received",
      data: {
        postingId: newId("pst"),
        transactionKey: key,
        documentId: document.id,
        documentNumber: document.number,
        location: asked.location,
        receiptId: receiptOfLine(state, asked.lines[0]!.ref)!.id,
        lines: asked.lines.map((line) =>
          postedLine(state, line, document.lines.find(({ ref }) => ref === line.ref)?.id ?? null),
        ),
      },
    },
  ],
};

/** Lines of the oldest receipt.recorded of this receipt that was never posted: one fact decides one effect R. */
function dueLines(state: ReturnState, receiptId: string): ReceiptLine[] {
  const waiting = (receiptById(state, receiptId)?.lines ?? []).filter(
    (line) => withinAuthorization(state, line).gt(0) && !everPosted(state, line),
  );
  const version = Math.min(...waiting.map((line) => line.version));
  return waiting.filter((line) => line.version === version);
}

const everPosted = (state: ReturnState, { receiptLineId }: ReceiptLine): boolean =>
  state.postings.some(
    ({ kind, lines }) => kind === "STOCK_IN" && lines.some((line) => line.receiptLineId === receiptLineId),
  );

const request = (state: ReturnState, lines: ReceiptLine[]): StockInRequest => ({
  customerNumber: state.customerNumber!,
  authorizationId: state.erpAuthorization!.documentId,
  location: lineById(state, lines[0]!.returnLineId)?.posted?.supplierOwned ? "consignment" : "quarantine",
  lines: lines.map((line) => {
    const returnLine = lineById(state, line.returnLineId)!;
    const { value, unit } = exactAmount(returnLine, withinAuthorization(state, line));
    const { receiptLineId: ref, sku, serialNumbers, lotNumber } = line;
    const authorizationLineId = state.erpAuthorization!.lines[returnLine.id]!;
    return {
      ref,
      sku,
      quantity: value,
      unit,
      authorizationLineId,
      reasonCode: returnLine.reasonCode,
      serialNumbers,
      lotNumber,
    };
  }),
});

function postedLine(state: ReturnState, asked: StockInRequest["lines"][number], erpLineId: string | null): PostingLine {
  const { returnLineId } = receiptLineById(state, asked.ref)!;
  const quantity = amountOf(lineById(state, returnLineId), { value: asked.quantity, unit: asked.unit })!;
  return { receiptLineId: asked.ref, returnLineId, sku: asked.sku, quantity, erpLineId };
}
