import type { CreditMemo, Distributor } from "../seed/types.ts";
import { type Books, seededId } from "./books.ts";
import { exact, isZero, money, sum } from "./decimals.ts";
import { text } from "./references.ts";
import { locationId, postedLine } from "./seed-lines.ts";
import type { Sow } from "./sow.ts";

/** Memos that people posted in the ERP themselves. */
export function seedCreditMemos(books: Books, distributor: Distributor, into: Sow) {
  for (const memo of distributor.creditMemos.filter((each) => each.company === books.company.code))
    seedMemo(books, memo, into);
}

function seedMemo(books: Books, memo: CreditMemo, into: Sow) {
  const invoice = books.one("salesInvoices", "number", memo.invoiceNumber)!;
  const customer = books.one("customers", "number", memo.customerNumber)!;
  const row = into(
    "salesCreditMemos",
    memo.number,
    {
      number: memo.number,
      externalDocumentNumber: memo.externalDocumentNumber,
      creditMemoDate: memo.postedOn,
      postingDate: memo.postedOn,
      dueDate: memo.postedOn,
      customerId: customer.id,
      customerNumber: memo.customerNumber,
      customerName: text(customer, "displayName"),
      billToName: text(customer, "displayName"),
      billToCustomerId: customer.id,
      billToCustomerNumber: memo.customerNumber,
      currencyCode: text(invoice, "currencyCode"),
      invoiceId: invoice.id,
      invoiceNumber: memo.invoiceNumber,
      customerReturnReasonId: seededId(books.company.code, "customerReturnReasons", memo.reasonCode),
      discountAmount: money(sum(memo.lines.map((line) => line.invoiceDiscount))),
      totalAmountExcludingTax: memo.netAmount,
      totalTaxAmount: memo.taxAmount,
      totalAmountIncludingTax: memo.total,
      status: isZero(memo.onAccount) ? "Paid" : "Open",
    },
    memo.postedOn,
  );
  for (const line of memo.lines)
    into(
      "salesCreditMemoLines",
      `${memo.number}/${line.sequence}`,
      {
        ...postedLine(books, line),
        documentId: row.id,
        locationId: locationId(books, memo.locationCode),
        receiptLineId: "",
      },
      memo.postedOn,
    );
  const amount = money(exact(memo.total).sub(exact(memo.onAccount)));
  if (!isZero(amount))
    into(
      "creditMemoApplications",
      memo.number,
      { creditMemoNumber: memo.number, invoiceNumber: memo.invoiceNumber, amount, postingDate: memo.postedOn },
      memo.postedOn,
    );
}
