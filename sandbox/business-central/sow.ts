import { type Books, seededId } from "./books.ts";
import type { Input } from "./fields.ts";

export type Sow = ReturnType<typeof sow>;

/** Puts a seeded row: the id follows from company, set and key. */
export const sow = (books: Books) => (set: string, key: string, row: Input, day: string) => {
  const id = seededId(books.company.code, set, key);
  return books.table(set).put({ ...row, id, version: 1, lastModifiedDateTime: `${day}T12:00:00.000Z` });
};
