import { newId } from "./books.ts";
import { salesLine } from "./credit-memo-line.ts";
import { exact, isNegative, isZero, plain } from "./decimals.ts";
import { knownSet } from "./entity-sets.ts";
import { dialog } from "./errors.ts";
import { blankRow, type Family } from "./family.ts";
import type { Input } from "./fields.ts";
import type { Entity } from "./filter.ts";
import { currencyOf, customerOf, given, text } from "./references.ts";
import { settleTotals } from "./totals.ts";

/** v2.0 sales orders that a client makes. One is Draft: it is not released, and can be shipped all the same. */
export const salesOrders: Family = {
  headers: "salesOrders",
  lines: "salesOrderLines",
  header(books, before, input) {
    const today = books.today();
    const start = before ?? {
      ...blankRow(knownSet("salesOrders")),
      id: newId(),
      number: books.nextNumber("SO-R"),
      status: "Draft",
      orderDate: today,
      postingDate: today,
      partialShipping: true,
    };
    const merged: Input = { ...start, ...input };
    const customer = customerOf(books, before, input);
    if (customer["blocked"] !== " ")
      throw dialog(
        `You cannot create this type of document when Customer ${text(customer, "number")} is blocked with type ${text(customer, "blocked")}`,
      );
    return {
      ...merged,
      ...(before || given(input, "shipToAddressLine1") ? {} : shipTo(customer)),
      id: start.id,
      customerId: customer.id,
      customerNumber: text(customer, "number"),
      customerName: text(customer, "displayName"),
      billToName: text(customer, "displayName"),
      billToCustomerId: customer.id,
      billToCustomerNumber: text(customer, "number"),
      currencyCode: currencyOf(books, text(merged, "currencyCode"), customer),
    };
  },
  line(books, header, before, input) {
    const line = salesLine(books, "salesOrderLines", { header, before, input });
    const left = plain(exact(text(line, "quantity")).sub(exact(text(line, "shippedQuantity") || "0")));
    const toInvoice = plain(exact(text(line, "quantity")).sub(exact(text(line, "invoicedQuantity") || "0")));
    const filled = {
      ...line,
      shippedQuantity: text(line, "shippedQuantity") || "0",
      invoicedQuantity: text(line, "invoicedQuantity") || "0",
      shipQuantity: before || given(input, "shipQuantity") ? text(line, "shipQuantity") : left,
      invoiceQuantity: before || given(input, "invoiceQuantity") ? text(line, "invoiceQuantity") : toInvoice,
    };
    checkUpTo(filled, "shipQuantity", left);
    checkUpTo(filled, "invoiceQuantity", toInvoice);
    return filled;
  },
  checkRemoval(line) {
    if (!isZero(text(line, "shippedQuantity")))
      throw dialog(`You cannot delete line ${text(line, "sequence")} because its quantity was shipped.`);
  },
  settle: (books, header) => settleTotals(books, "salesOrders", "salesOrderLines", header),
};

function checkUpTo(line: Entity, field: string, most: string) {
  const value = text(line, field);
  if (isNegative(value) || exact(value).compare(exact(most)) > 0)
    throw dialog(`You cannot handle more than the outstanding ${most} units (${field}).`);
}

/** Where a new order ships to, unless it says otherwise. */
const shipTo = (customer: Entity): Input => ({
  shipToName: text(customer, "displayName"),
  shipToAddressLine1: text(customer, "addressLine1"),
  shipToCity: text(customer, "city"),
  shipToState: text(customer, "state"),
  shipToCountry: text(customer, "country"),
  shipToPostCode: text(customer, "postalCode"),
});
