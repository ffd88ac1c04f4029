import type { CustomerLedgerEntry, Distributor, ItemLedgerEntry } from "../seed/types.ts";
import { type Books, seededId } from "./books.ts";
import { exact, money, plain, sum } from "./decimals.ts";
import { worthOf } from "./exchange-rates.ts";
import { receivableId, stockId } from "./ledgers.ts";
import { text } from "./references.ts";
import type { Sow } from "./sow.ts";

/** Opening ledgers and the balances they add up to (D-35). */
export function seedLedgers(books: Books, distributor: Distributor, into: Sow) {
  const { code } = books.company;
  const ours = <T extends { company: string }>(rows: T[]) => rows.filter((row) => row.company === code);
  for (const entry of ours(distributor.itemLedger)) seedItemEntry(entry, into);
  for (const entry of ours(distributor.customerLedger)) seedCustomerEntry(books, entry, into);
  for (const row of ours(distributor.stock)) addStock(books, row);
  for (const { customerNumber, currency: currencyCode, balance } of ours(distributor.receivables)) {
    const local = money(exact(balance).mul(worthOf(books, currencyCode)));
    books
      .table("receivables")
      .put({ id: receivableId(customerNumber, currencyCode), customerNumber, currencyCode, balance, local });
  }
  books.table("entryNumbers").put({ id: "itemLedgerEntries", last: ours(distributor.itemLedger).length });
  books.table("entryNumbers").put({ id: "customerLedgerEntries", last: ours(distributor.customerLedger).length });
}

/** Locations without a lot, or with the same lot twice, are one balance. */
function addStock(books: Books, row: Distributor["stock"][number]) {
  const lotNumber = row.lotNumber ?? "";
  const id = stockId(row.sku, row.locationCode, lotNumber);
  const before = books.table("stock").get(id);
  const quantity = before ? plain(sum([text(before, "quantity"), row.quantity])) : row.quantity;
  const cost = before ? money(sum([text(before, "cost"), row.cost])) : row.cost;
  books.table("stock").put({ id, itemNumber: row.sku, locationCode: row.locationCode, lotNumber, quantity, cost });
}

const seedItemEntry = (entry: ItemLedgerEntry, into: Sow) =>
  into(
    "itemLedgerEntries",
    String(entry.entryNumber),
    {
      entryNumber: entry.entryNumber,
      itemNumber: entry.sku,
      postingDate: entry.postedOn,
      entryType: entry.entryType,
      sourceNumber: entry.sourceNumber,
      sourceType: entry.sourceNumber ? "Customer" : " ",
      documentNumber: entry.documentNumber,
      documentType: entry.documentType || " ",
      description: "",
      quantity: entry.quantity,
      salesAmountActual: entry.sales,
      costAmountActual: entry.cost,
      locationCode: entry.locationCode,
      serialNumber: entry.serialNumber ?? "",
      lotNumber: entry.lotNumber ?? "",
    },
    entry.postedOn,
  );

function seedCustomerEntry(books: Books, entry: CustomerLedgerEntry, into: Sow) {
  const set = entry.documentType === "Invoice" ? "salesInvoices" : "salesCreditMemos";
  const document =
    entry.documentType === "Payment"
      ? undefined
      : books.table(set).get(seededId(books.company.code, set, entry.documentNumber));
  const net = document
    ? money(exact(text(document, "totalAmountExcludingTax")).mul(entry.documentType === "Invoice" ? 1 : -1))
    : "0.00";
  into(
    "customerLedgerEntries",
    String(entry.entryNumber),
    {
      entryNumber: entry.entryNumber,
      postingDate: entry.postedOn,
      customerNumber: entry.customerNumber,
      documentType: entry.documentType,
      documentNumber: entry.documentNumber,
      currencyCode: entry.currency,
      amount: entry.amount,
      remaining: entry.remaining,
      net,
      dueDate: document ? text(document, "dueDate") : entry.postedOn,
      appliesTo: entry.appliesTo ?? "",
    },
    entry.postedOn,
  );
}
