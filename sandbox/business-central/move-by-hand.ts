import type { Books } from "./books.ts";
import { exact, isNegative, negate, plain } from "./decimals.ts";
import { dialog } from "./errors.ts";
import type { Entity } from "./filter.ts";
import { costOf, moveStock, stockId } from "./ledgers.ts";
import { checkItem, checkLocation, text } from "./references.ts";

export type MoveByHand = {
  company: string;
  item: string;
  /** Base units. */
  quantity: string;
  from?: string;
  to?: string;
};

/** An item journal that a person posts: a transfer where both places are given, else an adjustment. API v2.0 has none of it. */
export function moveByHand(books: Books, { item: sku, quantity, from = "", to = "" }: MoveByHand) {
  const item = books.one("items", "number", sku);
  if (!item) throw dialog(`The Item ${sku} does not exist.`);
  checkItem(item);
  return books.transaction(() => {
    const documentNumber = books.nextNumber("ITJ");
    const isTransfer = from !== "" && to !== "";
    if (from) {
      checkStock(books, sku, from, quantity);
      book(books, item, {
        quantity: negate(quantity),
        place: from,
        documentNumber,
        entryType: isTransfer ? "Transfer" : "Negative Adjmt.",
      });
    }
    if (to)
      book(books, item, {
        quantity,
        place: to,
        documentNumber,
        entryType: isTransfer ? "Transfer" : "Positive Adjmt.",
      });
    return { number: documentNumber };
  });
}

type Entry = {
  quantity: string;
  place: string;
  documentNumber: string;
  entryType: "Transfer" | "Positive Adjmt." | "Negative Adjmt.";
};

function book(books: Books, item: Entity, { quantity, place, documentNumber, entryType }: Entry) {
  checkLocation(books, place);
  moveStock(books, {
    itemNumber: text(item, "number"),
    description: text(item, "displayName"),
    quantity,
    cost: costOf(item, quantity),
    sales: "0.00",
    entryType,
    documentType: " ",
    documentNumber,
    documentLineId: "",
    postingDate: books.today(),
    customerNumber: "",
    locationCode: place,
    serialNumber: "",
    lotNumber: "",
  });
}

function checkStock(books: Books, sku: string, place: string, quantity: string) {
  const there = books.table("stock").get(stockId(sku, place, ""));
  const left = exact(there ? text(there, "quantity") : "0").sub(exact(quantity));
  if (isNegative(plain(left))) throw dialog(`Item ${sku} is not on inventory at ${place}.`);
}
