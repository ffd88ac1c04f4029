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
  serialsOf,
  stockBatches,
  type StockBatch,
} from "../goods.ts";
import type { ReturnState } from "../return-state.ts";
import type { DocumentStep } from "../step.ts";
import { amountOf } from "../receiving.ts";
import { extendErpAuthorization } from "./extend-erp-authorization.ts";

/** R: the goods of one receipt.recorded, or of one granted addition, into quarantine, once (D-01). Over and mismatched units stay out until somebody lets them in. */
export const postStockIn: DocumentStep<StockInRequest> = {
  kind: "effect",
  protocol: "draft-and-post",
  name: "post-stock-in",
  system: "erp",
  deed: "post return receipt",
  guard: (state, run) => {
    if (!run.systems.erpOf(state.companyId).stockBeforeCredit) return { skip: "the credit memo brings the stock in" };
    if (dueBatches(state, run.subject).length === 0) return { skip: "no goods of this receipt wait for stock in" };
    // Corrected while this run waited for the ERP: the run that the correction started begins there.
    return extendErpAuthorization.guard(state, run) === "go"
      ? { end: "the ERP's authorization is extended first" }
      : "go";
  },
  port: (state, run) => run.systems.erpOf(state.companyId).stockIn,
  intent: (state, run) => {
    const batches = dueBatches(state, run.subject);
    return { key: effectKey(state, run, "R", batches[0]!.version), request: request(state, batches) };
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

/** What the oldest fact decided that has no stock-in yet, a receipt.recorded or a granted addition: one fact decides one effect R. */
function dueBatches(state: ReturnState, receiptId: string): StockBatch[] {
  const waiting = (receiptById(state, receiptId)?.lines ?? [])
    .flatMap((line) => stockBatches(state, line))
    .filter(({ posted, base, addition }) => !posted && base.gt(0) && (!addition || addition.authorization));
  const version = Math.min(...waiting.map((batch) => batch.version));
  return waiting.filter((batch) => batch.version === version);
}

function request(state: ReturnState, batches: StockBatch[]): StockInRequest {
  const { receiptLine, addition } = batches[0]!;
  return {
    customerNumber: state.customerNumber!,
    authorizationId: (addition?.authorization ?? state.erpAuthorization!).documentId,
    location: lineById(state, receiptLine.returnLineId)?.posted?.supplierOwned ? "consignment" : "quarantine",
    lines: batches.map((batch) => lineOf(state, batch)),
  };
}

function lineOf(
  state: ReturnState,
  { receiptLine, addition, before, base }: StockBatch,
): StockInRequest["lines"][number] {
  const { receiptLineId: ref, sku, serialNumbers, lotNumber } = receiptLine;
  const returnLine = lineById(state, receiptLine.returnLineId)!;
  const { value, unit } = exactAmount(returnLine, base);
  return {
    ref,
    sku,
    quantity: value,
    unit,
    authorizationLineId: addition?.authorization?.erpLineId ?? state.erpAuthorization!.lines[returnLine.id]!,
    reasonCode: returnLine.reasonCode,
    serialNumbers: serialsOf(serialNumbers, before, base),
    lotNumber,
  };
}

function postedLine(state: ReturnState, asked: StockInRequest["lines"][number], erpLineId: string | null): PostingLine {
  const { returnLineId } = receiptLineById(state, asked.ref)!;
  const quantity = amountOf(lineById(state, returnLineId), { value: asked.quantity, unit: asked.unit })!;
  return { receiptLineId: asked.ref, returnLineId, sku: asked.sku, quantity, erpLineId };
}
