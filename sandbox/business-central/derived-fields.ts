import type { Books } from "./books.ts";
import { money, plain, sum } from "./decimals.ts";
import type { EntitySet } from "./entity-sets.ts";
import type { Entity } from "./filter.ts";

type Derive = (books: Books, row: Entity) => Record<string, string>;

const amounts = (rows: Entity[], field: string) => rows.map((row) => String(row[field]));
/** In the company's currency, each entry at the rate of the day it was posted. */
const balance = (books: Books, row: Entity) =>
  money(sum(amounts(books.table("receivables").by("customerNumber", row["number"]!), "local")));
const invoicesOf = (books: Books, row: Entity) =>
  books
    .table("customerLedgerEntries")
    .by("customerNumber", row["number"]!)
    .filter((entry) => entry["documentType"] === "Invoice");

const derivations: Record<string, Derive> = {
  items: (books, row) => ({
    inventory: plain(sum(amounts(books.table("stock").by("itemNumber", row["number"]!), "quantity"))),
  }),
  customers: (books, row) => ({ balanceDue: balance(books, row) }),
  customerFinancialDetails: (books, row) => ({
    balance: balance(books, row),
    totalSalesExcludingTax: money(sum(amounts(invoicesOf(books, row), "net"))),
    overdueAmount: money(
      sum(
        amounts(
          invoicesOf(books, row).filter((entry) => String(entry["dueDate"]) < books.today()),
          "remaining",
        ),
      ),
    ),
  }),
};

/** Fields that no row stores, because they are sums over ledgers. */
export function derive(books: Books, set: EntitySet, row: Entity): Entity {
  const derivation = derivations[set.name];
  return derivation ? { ...row, ...derivation(books, row) } : row;
}

const names: Record<string, string[]> = {
  items: ["inventory"],
  customers: ["balanceDue"],
  customerFinancialDetails: ["balance", "totalSalesExcludingTax", "overdueAmount"],
};
export const isDerived = (set: EntitySet, name: string): boolean => names[set.name]?.includes(name) ?? false;
