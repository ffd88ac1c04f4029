import type { Books } from "./books.ts";
import { exact, isNegative, plain } from "./decimals.ts";
import { dialog } from "./errors.ts";
import type { Entity } from "./filter.ts";
import { costOf, inventoryOf, moveStock } from "./ledgers.ts";
import { checkPostable } from "./posting-checks.ts";
import { checkItem, text } from "./references.ts";
import { checkMoves } from "./stock-line.ts";

/** Fixes a return order: no stock, no money, and no change any more. */
export function postReturnOrder(books: Books, header: Entity) {
  checkPostable(books, header, "returnOrderLines");
  books.save("returnOrders", { ...header, number: books.nextNumber("PRO"), status: "Posted" });
}

/** Stock in, at the location of each line. More than ordered, or a serial twice, is not refused. */
export function postReturnReceipt(books: Books, header: Entity) {
  const lines = checkPostable(books, header, "returnReceiptLines");
  const number = books.nextNumber("PRR");
  for (const line of lines) receive(books, header, number, line);
  books.save("returnReceipts", { ...header, number, status: "Posted" });
}

function receive(books: Books, header: Entity, number: string, line: Entity) {
  checkMoves(books, line);
  const item = books.refer("items", text(line, "itemId"), "Item");
  checkItem(item);
  const entry = moveStock(books, {
    ...tracking(line),
    itemNumber: text(item, "number"),
    description: text(line, "description"),
    quantity: text(line, "quantityBase"),
    cost: costOf(item, text(line, "quantityBase")),
    sales: "0.00",
    entryType: "Sale",
    documentType: "Sales Return Receipt",
    documentNumber: number,
    documentLineId: line.id,
    postingDate: text(header, "postingDate"),
    customerNumber: text(header, "customerNumber"),
  });
  books.save("returnReceiptLines", { ...line, itemLedgerEntryId: entry.id });
  const orderLine = books.table("returnOrderLines").get(text(line, "returnOrderLineId"));
  if (orderLine) raiseReceived(books, orderLine, line);
}

function raiseReceived(books: Books, orderLine: Entity, line: Entity) {
  const received = exact(text(line, "quantityBase")).div(exact(text(orderLine, "unitFactor")));
  books.save("returnOrderLines", {
    ...orderLine,
    quantityReceived: plain(exact(text(orderLine, "quantityReceived")).add(received)),
  });
  const order = books.table("returnOrders").get(text(orderLine, "documentId"));
  if (order) books.save("returnOrders", order);
}

/** Moves and scrap. Shortage is seen against the item's total, line by line, not per location. */
export function postAdjustment(books: Books, header: Entity) {
  const lines = checkPostable(books, header, "inventoryAdjustmentLines");
  const number = books.nextNumber("PIA");
  for (const line of lines) adjust(books, header, number, line);
  books.save("inventoryAdjustments", { ...header, number, status: "Posted" });
}

function adjust(books: Books, header: Entity, number: string, line: Entity) {
  checkMoves(books, line);
  const item = books.refer("items", text(line, "itemId"), "Item");
  checkItem(item);
  const isOut = line["entryType"] === "Negative Adjmt.";
  const base = text(line, "quantityBase");
  const quantity = isOut ? `-${base}` : base;
  const left = inventoryOf(books, text(item, "number")).add(exact(quantity));
  if (isOut && isNegative(plain(left)))
    throw dialog(
      `Item ${text(item, "number")} is not on inventory: you have insufficient quantity in line ${text(line, "sequence")}.`,
    );
  moveStock(books, {
    ...tracking(line),
    itemNumber: text(item, "number"),
    description: text(header, "description") || text(line, "description"),
    quantity,
    cost: costOf(isOut ? item : { ...item, unitCost: text(line, "unitCost") }, quantity),
    sales: "0.00",
    entryType: isOut ? "Negative Adjmt." : "Positive Adjmt.",
    documentType: " ",
    documentNumber: number,
    documentLineId: line.id,
    postingDate: text(header, "postingDate"),
    customerNumber: "",
  });
}

const tracking = (line: Entity) => ({
  locationCode: text(line, "locationCode"),
  serialNumber: text(line, "serialNumber"),
  lotNumber: text(line, "lotNumber"),
});
