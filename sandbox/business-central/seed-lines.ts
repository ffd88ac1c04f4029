import { divide, money, toCents, toThousandths } from "../seed/decimals.ts";
import type { Address, InvoiceLine, Order, OrderLine } from "../seed/types.ts";
import { type Books, seededId } from "./books.ts";
import type { Input } from "./fields.ts";
import { text } from "./references.ts";

const masterIds = new Map<string, string>();

/** The id of a record that many lines name, so each is made once. */
function masterId(books: Books, set: "items" | "locations" | "unitsOfMeasure", code: string): string {
  const key = `${books.company.code}/${set}/${code}`;
  const known = masterIds.get(key);
  if (known !== undefined) return known;
  const id = seededId(books.company.code, set, code);
  masterIds.set(key, id);
  return id;
}

export const locationId = (books: Books, code: string) => (code ? masterId(books, "locations", code) : "");

/** What a line is for, as every document's lines say it. */
export function lineHead(books: Books, line: OrderLine | InvoiceLine): Input {
  return {
    sequence: line.sequence,
    itemId: masterId(books, "items", line.sku),
    accountId: "",
    lineType: "Item",
    lineObjectNumber: line.sku,
    description: line.description,
    unitOfMeasureId: masterId(books, "unitsOfMeasure", line.unit),
    unitOfMeasureCode: line.unit,
    unitPrice: line.unitPrice,
    discountPercent: line.discountPercent,
    taxCode: line.taxCode,
  };
}

export const amounts = (amount: string, tax: string): Input => {
  const whole = money(toCents(amount) + toCents(tax));
  return {
    amountExcludingTax: amount,
    totalTaxAmount: tax,
    amountIncludingTax: whole,
    netAmount: amount,
    netTaxAmount: tax,
    netAmountIncludingTax: whole,
  };
};

/** A line of a posted invoice or memo, with the amounts that it was posted with. */
export function postedLine(books: Books, line: InvoiceLine): Input {
  const tax = money(divide(toCents(line.lineAmount) * toThousandths(line.taxPercent), 100_000));
  return {
    ...lineHead(books, line),
    ...amounts(line.lineAmount, tax),
    quantity: line.quantity,
    quantityBase: line.quantityBase,
    discountAmount: line.discountAmount,
    taxPercent: line.taxPercent,
    invoiceDiscountAllocation: line.invoiceDiscount,
    netAmount: line.netAmount,
    netTaxAmount: line.taxAmount,
    netAmountIncludingTax: line.amountIncludingTax,
  };
}

/** An order, and who it and its documents are for. */
export type Sold = { order: Order; parties: Input };

/** Who an order and its documents are for. */
export function parties(books: Books, order: Order): Input {
  const customer = books.one("customers", "number", order.customerNumber)!;
  const name = text(customer, "displayName");
  const home = {
    line1: text(customer, "addressLine1"),
    city: text(customer, "city"),
    state: text(customer, "state"),
    postalCode: text(customer, "postalCode"),
    country: text(customer, "country"),
  };
  return {
    externalDocumentNumber: order.customerReference,
    customerPurchaseOrderReference: order.customerReference,
    customerId: customer.id,
    customerNumber: order.customerNumber,
    customerName: name,
    billToName: name,
    billToCustomerId: customer.id,
    billToCustomerNumber: order.customerNumber,
    shortcutDimension1Code: order.channel,
    shortcutDimension2Code: text(customer, "segment"),
    shipToName: name,
    ...prefixed("shipTo", order.shipTo),
    ...prefixed("sellTo", home),
    ...prefixed("billTo", home),
  };
}

const prefixed = (prefix: string, address: Address): Input => ({
  [`${prefix}AddressLine1`]: address.line1,
  [`${prefix}City`]: address.city,
  [`${prefix}State`]: address.state,
  [`${prefix}PostCode`]: address.postalCode,
  [`${prefix}Country`]: address.country,
});
