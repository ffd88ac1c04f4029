import { type Books, newId } from "./books.ts";
import { exact, plain } from "./decimals.ts";
import { knownSet } from "./entity-sets.ts";
import { dialog } from "./errors.ts";
import { blankRow, type Family } from "./family.ts";
import type { Input } from "./fields.ts";
import type { Entity } from "./filter.ts";
import {
  checkLocation,
  checkReason,
  currencyOf,
  customerOf,
  findInvoice,
  findInvoiceLine,
  given,
  taxPercent,
  text,
  unitFactor,
} from "./references.ts";
import { stockLine } from "./stock-line.ts";
import { discountOf, settleTotals } from "./totals.ts";

/** Return orders: the authorization. They move neither stock nor money. */
export const returnOrders: Family = {
  headers: "returnOrders",
  lines: "returnOrderLines",
  header(books, before, input) {
    const start = before ?? {
      ...blankRow(knownSet("returnOrders")),
      id: newId(),
      number: books.nextNumber("SRO"),
      status: "Draft",
      orderDate: books.today(),
      postingDate: books.today(),
    };
    const merged: Input = { ...start, ...input };
    const customer = customerOf(books, before, input);
    checkLocation(books, text(merged, "locationCode"));
    checkReason(books, text(merged, "returnReasonCode"));
    if (text(input, "originalInvoiceNumber")) findInvoice(books, text(input, "originalInvoiceNumber"));
    return {
      ...merged,
      id: start.id,
      customerId: customer.id,
      customerNumber: text(customer, "number"),
      customerName: text(customer, "displayName"),
      currencyCode: currencyOf(books, text(merged, "currencyCode"), customer),
    };
  },
  line(books, header, before, input) {
    const line = stockLine(books, "returnOrderLines", header, before, input);
    checkReceived(line, text(line, "quantity"));
    const origin = originOf(books, line);
    const taxCode = origin
      ? text(origin, "taxCode")
      : text(books.refer("customers", text(header, "customerId"), "Customer"), "taxCode");
    const reason = text(line, "returnReasonCode") || text(header, "returnReasonCode");
    checkReason(books, reason);
    const isPriced = before !== null || given(input, "unitPrice");
    const priced: Entity = {
      ...line,
      returnReasonCode: reason,
      unitPrice: isPriced ? text(line, "unitPrice") : defaultPrice(books, line, origin),
      discountPercent:
        before || given(input, "discountPercent") || !origin
          ? text(line, "discountPercent")
          : text(origin, "discountPercent"),
      taxCode,
      taxPercent: taxPercent(books, taxCode),
    };
    return { ...priced, discountAmount: discountOf(priced) };
  },
  checkRemoval: (line) => checkReceived(line, "0"),
  settle: (books, header) => settleTotals(books, "returnOrders", "returnOrderLines", header),
};

/** Never below what came, and not away once something came (D-10). */
function checkReceived(line: Entity, quantity: string) {
  const received = exact(text(line, "quantityReceived"));
  if (received.compare(exact(quantity)) > 0)
    throw dialog(
      `Quantity of line ${text(line, "sequence")} must not be less than the ${plain(received)} that were received.`,
    );
}

/** The posted invoice line that a line applies from, if it names one (D-03). */
export function originOf(books: Books, line: Entity): Entity | null {
  const number = text(line, "appliesFromInvoiceNumber");
  if (!number) return null;
  const origin = findInvoiceLine(books, findInvoice(books, number), Number(line["appliesFromLineSequence"]));
  if (origin["itemId"] !== line["itemId"])
    throw dialog(
      `The line ${text(line, "appliesFromLineSequence")} of Sales Invoice ${number} is not for Item ${text(line, "itemNumber")}.`,
    );
  return origin;
}

/** The invoiced price, or the item's, in the line's unit. */
function defaultPrice(books: Books, line: Entity, origin: Entity | null): string {
  const item = books.refer("items", text(line, "itemId"), "Item");
  const [price, unit] = origin
    ? [text(origin, "unitPrice"), text(origin, "unitOfMeasureCode")]
    : [text(item, "unitPrice"), text(item, "baseUnitOfMeasureCode")];
  return plain(
    exact(price)
      .mul(exact(text(line, "unitFactor")))
      .div(exact(unitFactor(books, item, unit))),
  );
}
