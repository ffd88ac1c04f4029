import type { Distributor } from "../seed/types.ts";
import type { Books } from "./books.ts";
import { seedLedgers } from "./seed-ledgers.ts";
import { seedMasterData } from "./seed-master-data.ts";
import { seedCreditMemos } from "./seed-credit-memos.ts";
import { seedOrders } from "./seed-orders.ts";
import { sow } from "./sow.ts";

/** Fills one company's books with its part of the distributor. */
export function seedBooks(books: Books, distributor: Distributor) {
  const into = sow(books);
  seedMasterData(books, distributor, into);
  seedOrders(books, distributor, into);
  seedCreditMemos(books, distributor, into);
  seedLedgers(books, distributor, into);
}
