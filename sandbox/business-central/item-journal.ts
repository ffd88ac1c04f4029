import type { Books } from "./books.ts";
import { exact, isNegative, plain } from "./decimals.ts";
import { dialog } from "./errors.ts";
import { costOf, moveStock, stockId } from "./ledgers.ts";
import { checkItem, checkLocation, text } from "./references.ts";

export type ItemJournal = {
  company: string;
  /** Signed base units: out of a location below zero, into it above; a transfer is one line of each. */
  lines: { item: string; location: string; quantity: string }[];
};

/** An item journal that a person posts, whole or not at all; gives the document's number. API v2.0 has none. */
export const postItemJournal = (books: Books, { lines }: Omit<ItemJournal, "company">): { number: string } =>
  books.transaction(() => {
    const number = books.nextNumber("ITJ");
    for (const line of lines) book(books, number, line);
    return { number };
  });

function book(books: Books, documentNumber: string, { item: sku, location, quantity }: ItemJournal["lines"][number]) {
  const item = books.one("items", "number", sku);
  if (!item) throw dialog(`The Item ${sku} does not exist.`);
  checkItem(item);
  checkLocation(books, location);
  const there = books.table("stock").get(stockId(sku, location, ""));
  if (isNegative(plain(exact(there ? text(there, "quantity") : "0").add(exact(quantity)))))
    throw dialog(`Item ${sku} is not on inventory at ${location}.`);
  moveStock(books, {
    itemNumber: sku,
    description: text(item, "displayName"),
    quantity,
    cost: costOf(item, quantity),
    sales: "0.00",
    entryType: isNegative(quantity) ? "Negative Adjmt." : "Positive Adjmt.",
    documentType: " ",
    documentNumber,
    documentLineId: "",
    postingDate: books.today(),
    customerNumber: "",
    locationCode: location,
    serialNumber: "",
    lotNumber: "",
  });
}
