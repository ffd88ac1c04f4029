import type { Distributor } from "../seed/types.ts";
import { type Books, seededId } from "./books.ts";
import type { Input } from "./fields.ts";
import { seedLedgers } from "./seed-ledgers.ts";
import { seedMasterData } from "./seed-master-data.ts";
import { seedCreditMemos, seedOrders } from "./seed-sales.ts";

/** Fills one company's books with its part of the distributor. */
export function seedBooks(books: Books, distributor: Distributor) {
  const into = sow(books);
  seedMasterData(books, distributor, into);
  seedOrders(books, distributor, into);
  seedCreditMemos(books, distributor, into);
  seedLedgers(books, distributor, into);
}

export type Sow = ReturnType<typeof sow>;

/** Puts a seeded row: the id follows from company, set and key. */
const sow = (books: Books) => (set: string, key: string, row: Input, day: string) => {
  const id = seededId(books.company.code, set, key);
  return books.table(set).put({ ...row, id, version: 1, lastModifiedDateTime: `${day}T12:00:00.000Z` });
};
