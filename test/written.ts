import assert from "node:assert/strict";
import { sql } from "kysely";
import type { Db } from "#shared/database.ts";

/** Tables that only a change may write; snapshots are what a read learned. */
const tables = [
  "facts",
  "returns",
  "allocations",
  "serials",
  "approvals",
  "return_addresses",
  "operations",
  "effects",
  "exceptions",
  "exception_trail",
  "idempotency_keys",
  "documents",
  "inbox",
  "inbox_refusals",
] as const;
export type Written = Partial<Record<(typeof tables)[number], number>>;

/** How many rows each table has, those moved to `_done` with it. */
async function countRows(db: Db): Promise<Map<string, number>> {
  const counted = await Promise.all(
    tables.map(async (table): Promise<[string, number]> => {
      const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(db);
      return [table, rows[0]!.n];
    }),
  );
  return new Map(counted);
}

/** Runs `act` and fails unless it wrote exactly these rows, and none without a word. */
export async function writesOnly<Value>(db: Db, written: Written, act: () => Promise<Value>): Promise<Value> {
  const before = await countRows(db);
  const value = await act();
  const more = [...(await countRows(db))].flatMap(([table, count]) => {
    const difference = count - before.get(table)!;
    return difference === 0 ? [] : [[table, difference]];
  });
  assert.deepEqual(Object.fromEntries(more), written, "what was written");
  return value;
}

export const writesNothing = <Value>(db: Db, act: () => Promise<Value>): Promise<Value> => writesOnly(db, {}, act);
