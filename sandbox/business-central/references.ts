import type { Books } from "./books.ts";
import { exact, plain } from "./decimals.ts";
import { dialog, fieldInvalid, unrelated } from "./errors.ts";
import type { Input } from "./fields.ts";
import type { Entity } from "./filter.ts";

/** Text of a field; empty where it is not set. */
export const text = (row: Input, field: string): string => String(row[field] ?? "");
export const given = (input: Input, ...names: string[]): boolean => names.some((name) => name in input);

/** The customer that an id or a number names; a blocked one may not get documents (D-06: only All refuses). */
function findCustomer(books: Books, input: Input): Entity {
  const id = text(input, "customerId");
  const number = text(input, "customerNumber");
  if (!id && !number) throw dialog("A customerNumber or a customerID must be provided.");
  const customer = id ? books.table("customers").get(id) : books.one("customers", "number", number);
  if (!customer) throw dialog("The customer cannot be found.");
  checkBlocked(customer);
  return customer;
}

/** The customer of a document: the one named now, else the one that it has. */
export const customerOf = (books: Books, before: Entity | null, input: Input): Entity =>
  !before || given(input, "customerId", "customerNumber")
    ? findCustomer(books, input)
    : books.refer("customers", text(before, "customerId"), "Customer");

export function checkBlocked(customer: Entity) {
  if (customer["blocked"] === "All")
    throw dialog(
      `You cannot create this type of document when Customer ${text(customer, "number")} is blocked with type All`,
    );
}

export function findItem(books: Books, input: Input): Entity {
  const id = text(input, "itemId");
  const number = text(input, "itemNumber");
  if (!id && !number) throw dialog("An itemNumber or an itemId must be provided.");
  const item = id ? books.table("items").get(id) : books.one("items", "number", number);
  if (!item) throw id ? dialog("Item does not exist.") : unrelated("No.", number, "Item");
  checkItem(item);
  return item;
}

export function checkItem(item: Entity) {
  const number = text(item, "number");
  if (item["blocked"] === true)
    throw fieldInvalid(`Blocked must be equal to 'No' in Item: No.=${number}. Current value is 'Yes'.`);
  if (item["type"] !== "Inventory")
    throw fieldInvalid(
      `Type must be equal to 'Inventory' in Item: No.=${number}. Current value is '${text(item, "type")}'.`,
    );
}

/** Base units in one of the unit; the unit must be one of the item's. */
export function unitFactor(books: Books, item: Entity, code: string): string {
  const unit = books
    .table("itemUnitsOfMeasure")
    .by("itemNumber", item["number"]!)
    .find((each) => each["code"] === code);
  if (!unit) throw unrelated("Unit of Measure Code", code, "Item Unit of Measure");
  return text(unit, "qtyPerUnitOfMeasure");
}

export const inBase = (quantity: string, factor: string): string => plain(exact(quantity).mul(exact(factor)));

export function checkLocation(books: Books, code: string) {
  if (
    code &&
    !books
      .table("locations")
      .all()
      .some((row) => row["code"] === code)
  )
    throw unrelated("Location Code", code, "Location");
}

export function checkReason(books: Books, code: string) {
  if (
    code &&
    !books
      .table("customerReturnReasons")
      .all()
      .some((row) => row["code"] === code)
  )
    throw unrelated("Reason Code", code, "Return Reason");
}

/** The currency that is named, else the customer's. */
export function currencyOf(books: Books, named: string, customer: Entity): string {
  const code = named || text(customer, "currencyCode");
  const rates = books.table("currencyExchangeRates").all();
  if (code !== books.company.currency && !rates.some((row) => row["currencyCode"] === code))
    throw unrelated("Currency Code", code, "Currency");
  return code;
}

/** Percent of a tax code today; a blank code is not taxed. */
export function taxPercent(books: Books, code: string): string {
  if (!code) return "0";
  const tax = books
    .table("taxGroups")
    .all()
    .find((row) => row["code"] === code);
  if (!tax) throw unrelated("Tax Group Code", code, "Tax Group");
  return text(tax, "percent");
}

/** The posted invoice with the number; the line of it with the sequence. */
export function findInvoice(books: Books, number: string): Entity {
  const invoice = books.one("salesInvoices", "number", number);
  if (!invoice) throw dialog(`The Sales Invoice ${number} cannot be found.`);
  return invoice;
}

export function findInvoiceLine(books: Books, invoice: Entity, sequence: number): Entity {
  const line = books
    .table("salesInvoiceLines")
    .by("documentId", invoice.id)
    .find((each) => each["sequence"] === sequence);
  if (!line) throw dialog(`The Sales Invoice ${text(invoice, "number")} has no line ${sequence}.`);
  return line;
}

/** The next free line number. */
export const nextSequence = (lines: Entity[]): number =>
  (Math.floor(Math.max(0, ...lines.map((line) => Number(line["sequence"]))) / 10_000) + 1) * 10_000;
