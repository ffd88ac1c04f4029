import { type Books, newId } from "./books.ts";
import { creditMemoLine } from "./credit-memo-line.ts";
import { isNegative } from "./decimals.ts";
import { knownSet } from "./entity-sets.ts";
import { dialog } from "./errors.ts";
import { blankRow, type Family } from "./family.ts";
import type { Input } from "./fields.ts";
import type { Entity } from "./filter.ts";
import { currencyOf, customerOf, findInvoice, given, text } from "./references.ts";
import { settleTotals } from "./totals.ts";

/** v2.0 sales credit memos. */
export const salesCreditMemos: Family = {
  headers: "salesCreditMemos",
  lines: "salesCreditMemoLines",
  header(books, before, input) {
    const today = books.today();
    const start = before ?? {
      ...blankRow(knownSet("salesCreditMemos")),
      id: newId(),
      number: books.nextNumber("SCM"),
      status: "Draft",
      creditMemoDate: today,
      postingDate: today,
      dueDate: today,
    };
    const merged: Input = { ...start, ...input };
    const customer = customerOf(books, before, input);
    if (isNegative(text(merged, "discountAmount"))) throw dialog("discountAmount must not be negative.");
    if (text(merged, "customerReturnReasonId"))
      books.refer("customerReturnReasons", text(merged, "customerReturnReasonId"), "Return Reason");
    return {
      ...merged,
      ...sellTo(customer),
      ...invoiceOf(books, customer, merged, input),
      id: start.id,
      currencyCode: currencyOf(books, text(merged, "currencyCode"), customer),
    };
  },
  line: creditMemoLine,
  settle: (books, header) => settleTotals(books, "salesCreditMemos", "salesCreditMemoLines", header),
};

const sellTo = (customer: Entity): Input => ({
  customerId: customer.id,
  customerNumber: text(customer, "number"),
  customerName: text(customer, "displayName"),
  billToName: text(customer, "displayName"),
  billToCustomerId: customer.id,
  billToCustomerNumber: text(customer, "number"),
  sellToAddressLine1: text(customer, "addressLine1"),
  sellToCity: text(customer, "city"),
  sellToState: text(customer, "state"),
  sellToCountry: text(customer, "country"),
  sellToPostCode: text(customer, "postalCode"),
});

/** The invoice that the memo is applied to when it is posted (D-25). */
function invoiceOf(books: Books, customer: Entity, merged: Input, input: Input): Input {
  const byId = given(input, "invoiceId") && text(input, "invoiceId") !== "";
  const number = text(merged, "invoiceNumber");
  const invoice = byId
    ? books.refer("salesInvoices", text(input, "invoiceId"), "Sales Invoice")
    : number
      ? findInvoice(books, number)
      : null;
  if (!invoice) return { invoiceId: "", invoiceNumber: "" };
  if (invoice["customerId"] !== customer.id)
    throw dialog(`The Sales Invoice ${text(invoice, "number")} is of another customer.`);
  return { invoiceId: invoice.id, invoiceNumber: text(invoice, "number") };
}
