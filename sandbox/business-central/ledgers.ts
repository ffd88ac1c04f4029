import { type Books, newId } from "./books.ts";
import { exact, isZero, money, negate, plain, sum } from "./decimals.ts";
import { worthOf } from "./exchange-rates.ts";
import type { Entity } from "./filter.ts";
import { text } from "./references.ts";

export type ItemMove = {
  itemNumber: string;
  description: string;
  /** Base units, signed. */
  quantity: string;
  cost: string;
  sales: string;
  entryType: "Sale" | "Positive Adjmt." | "Negative Adjmt." | "Purchase";
  documentType: " " | "Sales Shipment" | "Sales Return Receipt" | "Sales Credit Memo";
  documentNumber: string;
  documentLineId: string;
  postingDate: string;
  customerNumber: string;
  locationCode: string;
  serialNumber: string;
  lotNumber: string;
};

export const stockId = (item: string, location: string, lot: string) => `${item}|${location}|${lot}`;

/** One item ledger entry, and the stock on hand that it changes. */
export function moveStock(books: Books, { customerNumber, sales, cost, ...move }: ItemMove): Entity {
  const entry = books.save("itemLedgerEntries", {
    id: newId(),
    entryNumber: nextEntry(books, "itemLedgerEntries"),
    ...move,
    sourceNumber: customerNumber,
    sourceType: customerNumber ? "Customer" : " ",
    salesAmountActual: sales,
    costAmountActual: cost,
  });
  const id = stockId(move.itemNumber, move.locationCode, move.lotNumber);
  const before = books.table("stock").get(id) ?? {
    id,
    itemNumber: move.itemNumber,
    locationCode: move.locationCode,
    lotNumber: move.lotNumber,
    quantity: "0",
    cost: "0.00",
  };
  books.table("stock").put({
    ...before,
    quantity: plain(sum([text(before, "quantity"), move.quantity])),
    cost: money(sum([text(before, "cost"), cost])),
  });
  return entry;
}

/** Stock of an item over all locations, base units. */
export const inventoryOf = (books: Books, itemNumber: string) =>
  sum(
    books
      .table("stock")
      .by("itemNumber", itemNumber)
      .map((row) => text(row, "quantity")),
  );

export const costOf = (item: Entity, quantityBase: string): string =>
  money(exact(text(item, "unitCost")).mul(exact(quantityBase)));

/** A customer owes in each currency that it is billed in; amounts of ledger entries are in their document's. */
export const receivableId = (customerNumber: string, currencyCode: string) => `${customerNumber}|${currencyCode}`;

/** What a document changes of what a customer owes: positive for an invoice, negative for a memo or payment. */
export function bookReceivable(
  books: Books,
  entry: {
    customerNumber: string;
    currencyCode: string;
    documentType: "Invoice" | "Credit Memo" | "Payment";
    documentNumber: string;
    amount: string;
    net: string;
    postingDate: string;
    dueDate: string;
  },
): Entity {
  const { customerNumber, currencyCode, amount } = entry;
  const id = receivableId(customerNumber, currencyCode);
  const before = books.table("receivables").get(id);
  const balance = money(sum([before ? text(before, "balance") : "0", amount]));
  const worth = exact(amount).mul(worthOf(books, currencyCode));
  const local = money(worth.add(exact(before ? text(before, "local") : "0")));
  books.table("receivables").put({ id, customerNumber, currencyCode, balance, local });
  return books.table("customerLedgerEntries").put({
    id: newId(),
    entryNumber: nextEntry(books, "customerLedgerEntries"),
    ...entry,
    remaining: entry.amount,
    appliesTo: "",
  });
}

/** Applies a memo or payment to an invoice, up to what is open on both; gives the amount. */
export function apply(books: Books, from: Entity, invoice: Entity, postingDate: string): string {
  const target = books
    .table("customerLedgerEntries")
    .by("documentNumber", invoice["number"]!)
    .find((entry) => entry["documentType"] === "Invoice");
  const open = target ? exact(text(target, "remaining")) : exact("0");
  const offered = exact(negate(text(from, "remaining")));
  const amount = money(open.compare(offered) < 0 ? open : offered);
  if (!target || isZero(amount)) return "0.00";
  const remaining = money(open.sub(exact(amount)));
  books.table("customerLedgerEntries").put({ ...target, remaining });
  books.table("customerLedgerEntries").put({
    ...from,
    remaining: money(exact(text(from, "remaining")).add(exact(amount))),
    appliesTo: text(invoice, "number"),
  });
  books.save("salesInvoices", { ...invoice, remainingAmount: remaining, status: isZero(remaining) ? "Paid" : "Open" });
  if (from["documentType"] === "Credit Memo")
    books.table("creditMemoApplications").put({
      id: newId(),
      creditMemoNumber: text(from, "documentNumber"),
      invoiceNumber: text(invoice, "number"),
      amount,
      postingDate,
    });
  return amount;
}

function nextEntry(books: Books, ledger: string): number {
  const last = Number(books.table("entryNumbers").get(ledger)?.["last"] ?? 0) + 1;
  books.table("entryNumbers").put({ id: ledger, last });
  return last;
}
