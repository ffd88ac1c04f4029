import type { CreditMemoRequest } from "#adapters/erp/port.ts";
import { Fraction, toPlain } from "#shared/decimal.ts";
import { decidedBy, lineById, receiptById, receiptLineById } from "../goods.ts";
import { placesOfMemo } from "../memo-goods.ts";
import type { CreditState, LineState, ReturnState } from "../return-state.ts";
import type { DocumentStep, Run, Task } from "../step.ts";
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
    return waitsForGoods(state, credit, run) ? { end: "the goods are not in the ERP yet" } : "go";
  },
  port: (state, run) => run.systems.erpOf(state.companyId).creditMemo,
  intent: (state, run) => ({
    key: creditInWork(state, run.subject)!.transactionKey,
    request: memoRequest(state, creditInWork(state, run.subject)!, run),
  }),
  refused: refusal,
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

/** The memo is made from the stock document, and that does not stand yet. */
export const waitsForGoods = (state: ReturnState, credit: CreditState, run: Run): boolean =>
  run.systems.erpOf(state.companyId).stockBeforeCredit && !stockInOf(state, credit);

const stockInOf = (state: ReturnState, { lines, stockInVersion }: CreditState) =>
  state.postings.find(
    (posting) =>
      posting.kind === "STOCK_IN" &&
      (stockInVersion === undefined || decidedBy(state, posting.transactionKey) === stockInVersion) &&
      lines.every(({ receiptLineId }) => posting.lines.some((line) => line.receiptLineId === receiptLineId)),
  );

/** What the memo is to say; where no stock document brings the goods in first, its own lines do, at their places (D-02). */
export function memoRequest(state: ReturnState, credit: CreditState, run: Run): CreditMemoRequest {
  const { stockBeforeCredit } = run.systems.erpOf(state.companyId);
  const stockIn = stockBeforeCredit ? stockInOf(state, credit) : undefined;
  const places = stockBeforeCredit ? [] : placesOfMemo(state, credit);
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
      ...(places[index] === undefined ? {} : { location: places[index] }),
      unitPrice: priceOf(lineById(state, line.returnLineId)!, line.quantity.unit),
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

/** The invoiced price, of one of the unit that is credited. */
function priceOf({ unit, unitFactor, posted }: LineState, creditedUnit: string): string {
  const { unitPrice, invoicedUnit, invoicedUnitFactor } = posted!;
  if (creditedUnit === invoicedUnit) return unitPrice;
  const factor = creditedUnit === unit ? unitFactor : "1";
  return toPlain(new Fraction(unitPrice).mul(factor).div(invoicedUnitFactor), 5);
}

/** What the ERP's refusal of a memo means: its code is the adapter's, from our catalogue where it knows better than POSTING_REFUSED. */
export function refusal(code: string, state: ReturnState, run: Run): Task {
  if (code === "CUSTOMER_BLOCKED") return customerBlocked(state, run);
  return {
    code: code === "PERIOD_CLOSED" ? code : "POSTING_REFUSED",
    summary: `The ERP refused the credit memo of ${state.rmaNumber} (${code}).`,
  };
}

/** In the same words wherever it is met, so that people are asked once for each credit (running/ending.ts). */
export const customerBlocked = (state: ReturnState, run: Run): Task => ({
  code: "CUSTOMER_BLOCKED",
  summary: `Customer ${state.customerNumber} is blocked for everything in the ERP; the credit of ${state.rmaNumber}, receipt ${receiptById(state, run.subject)!.warehouseReceiptNumber}, can't be posted.`,
  system: run.systems.erpOf(state.companyId).system,
});
