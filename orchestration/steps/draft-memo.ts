import type { CreditMemoRequest } from "#adapters/erp/port.ts";
import { decidedBy, lineById, receiptLineById } from "../goods.ts";
import type { CreditState, ReturnState } from "../return-state.ts";
import type { DocumentStep } from "../step.ts";
import { creditInWork, creditOfKey, doneElsewhere } from "./calculate-credit.ts";

/** C, first half: the memo as a draft that carries the key of its decision. Where the memo is made from the stock document, that comes first. */
export const draftMemo: DocumentStep<CreditMemoRequest> = {
  kind: "effect",
  protocol: "draft",
  name: "draft-memo",
  system: "erp",
  deed: "draft credit memo",
  asCommitted: true,
  guard: (state, run) => {
    const credit = creditInWork(state, run.subject);
    if (!credit || !isApproved(credit)) return doneElsewhere;
    if (credit.draftId || credit.status === "POSTED") return { skip: "drafted before" };
    const waits = run.systems.erpOf(state.companyId).stockBeforeCredit && !stockInOf(state, credit);
    return waits ? { end: "the goods are not in the ERP yet" } : "go";
  },
  port: (state, run) => run.systems.erpOf(state.companyId).creditMemo,
  intent: (state, run) => ({
    key: creditInWork(state, run.subject)!.transactionKey,
    request: memoRequest(state, creditInWork(state, run.subject)!),
  }),
  refused: (code, state) => refusal(code, state),
  facts: (state, { id, totals }, _run, { key }) => [
    {
      kind: "credit.drafted",
      data: {
        creditId: creditOfKey(state, key).creditId,
        documentId: id,
        ...(totals ?? { net: "0.00", tax: "0.00", total: "0.00" }),
      },
    },
  ],
};

/** A run that waited here while another did its credit finds the next one in work, approved or not. */
const isApproved = ({ status }: CreditState): boolean => status !== "CALCULATED" && status !== "PENDING_APPROVAL";

const stockInOf = (state: ReturnState, { lines, stockInVersion }: CreditState) =>
  state.postings.find(
    (posting) =>
      posting.kind === "STOCK_IN" &&
      (stockInVersion === undefined || decidedBy(state, posting.transactionKey) === stockInVersion) &&
      lines.every(({ receiptLineId }) => posting.lines.some((line) => line.receiptLineId === receiptLineId)),
  );

export function memoRequest(state: ReturnState, credit: CreditState): CreditMemoRequest {
  const stockIn = stockInOf(state, credit);
  return {
    customerNumber: state.customerNumber!,
    invoiceNumber: credit.lines[0]!.invoiceNumber,
    currency: credit.currency,
    stockInId: stockIn?.documentId ?? null,
    lines: credit.lines.map((line, index) => ({
      ref: `${line.receiptLineId}#${index}`,
      sku: receiptLineById(state, line.receiptLineId)!.sku,
      quantity: line.quantity.value,
      unit: line.quantity.unit,
      stockInLineId:
        stockIn?.lines.find(({ receiptLineId }) => receiptLineId === line.receiptLineId)?.erpLineId ?? null,
      unitPrice: lineById(state, line.returnLineId)!.posted!.unitPrice,
      net: line.net,
      taxCode: line.taxCode,
      invoiceLine: line.invoiceLine,
    })),
    fees: credit.fees.map(({ kind, amount, returnLineId }, index) => ({
      ref: `${returnLineId}#fee${index}`,
      kind,
      amount,
    })),
  };
}

/** What the ERP's refusal of a memo means: its code is the adapter's, from our catalogue where it knows better than POSTING_REFUSED. */
export const refusal = (code: string, state: ReturnState) => ({
  code:
    code === "CUSTOMER_BLOCKED" || code === "PERIOD_CLOSED"
      ? (code as "CUSTOMER_BLOCKED" | "PERIOD_CLOSED")
      : ("POSTING_REFUSED" as const),
  summary: `The ERP refused the credit memo of ${state.rmaNumber} (${code}).`,
});
