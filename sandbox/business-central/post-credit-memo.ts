import { type Books, newId } from "./books.ts";
import { exact, isNegative, isZero, negate, plain } from "./decimals.ts";
import { dialog } from "./errors.ts";
import type { Entity } from "./filter.ts";
import { apply, bookReceivable, costOf, moveStock } from "./ledgers.ts";
import { checkPostable } from "./posting-checks.ts";
import { checkItem, text } from "./references.ts";
import { checkMoves } from "./stock-line.ts";

/** Posts a v2.0 memo: money, and stock for Item lines that are tied to no receipt (D-02). */
export function postCreditMemo(books: Books, header: Entity, { keepsId }: { keepsId: boolean }) {
  const lines = checkPostable(books, header, "salesCreditMemoLines");
  if (isNegative(text(header, "totalAmountIncludingTax")))
    throw dialog("The total amount of a credit memo must not be negative.");
  checkCharges(lines);
  const number = books.nextNumber("PSCM");
  for (const line of lines.filter((each) => each["lineType"] === "Item")) {
    if (text(line, "receiptLineId")) credit(books, line);
    else takeBack(books, header, number, line);
  }
  const remaining = settleReceivable(books, header, number);
  replaceDraft(books, header, { number, status: isZero(remaining) ? "Paid" : "Open" }, keepsId);
}

/** A charge must be assigned to what it is for: to a shipment through a line made from a receipt; v2.0 has nothing to assign it with. */
function checkCharges(lines: Entity[]) {
  const charge = lines.find((line) => line["lineType"] === "Charge");
  if (charge && !lines.some((line) => text(line, "receiptLineId")))
    throw dialog(`You must assign item charge ${text(charge, "lineObjectNumber")} if you want to invoice it.`);
}

/** A tied line: the goods came with the receipt; its entry now has its sales amount. */
function credit(books: Books, line: Entity) {
  const receiptLine = books.refer("returnReceiptLines", text(line, "receiptLineId"), "Return Receipt Line");
  const quantity = exact(text(line, "quantityBase")).div(exact(text(receiptLine, "unitFactor")));
  const credited = exact(text(receiptLine, "quantityCredited")).add(quantity);
  if (credited.compare(exact(text(receiptLine, "quantity"))) > 0)
    throw dialog(
      `You cannot invoice more than ${plain(exact(text(receiptLine, "quantity")).sub(exact(text(receiptLine, "quantityCredited"))))} units of line ${text(line, "sequence")}.`,
    );
  books.save("returnReceiptLines", { ...receiptLine, quantityCredited: plain(credited) });
  const entry = books.refer("itemLedgerEntries", text(receiptLine, "itemLedgerEntryId"), "Item Ledger Entry");
  const sales = exact(text(entry, "salesAmountActual")).sub(exact(text(line, "netAmount")));
  books.save("itemLedgerEntries", { ...entry, salesAmountActual: plain(sales) });
}

/** An untied line puts the goods in, wherever they are. v2.0 lines have no serial and no lot. */
function takeBack(books: Books, header: Entity, number: string, line: Entity) {
  const item = books.refer("items", text(line, "itemId"), "Item");
  checkItem(item);
  checkMoves(books, line);
  const location = books.table("locations").get(text(line, "locationId"));
  moveStock(books, {
    itemNumber: text(item, "number"),
    description: text(line, "description"),
    quantity: text(line, "quantityBase"),
    cost: costOf(item, text(line, "quantityBase")),
    sales: negate(text(line, "netAmount")),
    entryType: "Sale",
    documentType: "Sales Credit Memo",
    documentNumber: number,
    documentLineId: line.id,
    postingDate: text(header, "postingDate"),
    customerNumber: text(header, "customerNumber"),
    locationCode: location ? text(location, "code") : "",
    serialNumber: "",
    lotNumber: "",
  });
}

/** Applied to the invoice it names up to what is open there, the rest stays on account (D-25). */
function settleReceivable(books: Books, header: Entity, number: string): string {
  const amount = text(header, "totalAmountIncludingTax");
  const postingDate = text(header, "postingDate");
  const entry = bookReceivable(books, {
    customerNumber: text(header, "customerNumber"),
    currencyCode: text(header, "currencyCode"),
    documentType: "Credit Memo",
    documentNumber: number,
    amount: negate(amount),
    net: negate(text(header, "totalAmountExcludingTax")),
    postingDate,
    dueDate: text(header, "dueDate"),
  });
  const invoice = books.table("salesInvoices").get(text(header, "invoiceId"));
  const applied = invoice ? apply(books, entry, invoice, postingDate) : "0.00";
  return plain(exact(amount).sub(exact(applied)));
}

/** The posted memo takes the draft's place: under the same id, or another one (D-28: both happen). */
function replaceDraft(books: Books, header: Entity, posted: { number: string; status: string }, keepsId: boolean) {
  if (keepsId) return void books.save("salesCreditMemos", { ...header, ...posted });
  const id = newId();
  const lines = books.table("salesCreditMemoLines").by("documentId", header.id);
  books.remove("salesCreditMemos", header.id);
  for (const line of lines) {
    books.table("salesCreditMemoLines").delete(line.id);
    books.save("salesCreditMemoLines", { ...line, id: newId(), documentId: id });
  }
  books.save("salesCreditMemos", { ...header, ...posted, id });
}
