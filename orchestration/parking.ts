import type { Transaction } from "#shared/database.ts";
import { sql } from "kysely";
import type { NewFact } from "./facts-vocabulary.ts";

// What comes before what it needs waits in the inbox under the key of that; whoever writes what it needs releases it in the same transaction (W-19).

/** Events of a receipt's line wait under it until that line is recorded. */
export const receiptLineKey = (site: string, number: string, line: number): string =>
  `receipt:${site}:${number}/${line}`;

const keysOf = (fact: NewFact): string[] =>
  fact.kind === "receipt.recorded"
    ? fact.data.lines.map(({ line }) => receiptLineKey(fact.data.warehouse, fact.data.warehouseReceiptNumber, line))
    : [];

/** What parks and what releases take turns under the key, so that neither overlooks the other; a return need not exist yet. */
export const lockKey = (tx: Transaction, key: string) =>
  sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);

/**
 * Makes due what waits under these keys; gives a fact of each. Ring for the inbox after the commit where there is one. What is being looked at just now is
 * left alone: it takes the key's lock after us, and then sees what it needs.
 */
export async function release(tx: Transaction, keys: readonly string[]): Promise<NewFact[]> {
  if (keys.length === 0) return [];
  for (const key of keys.toSorted()) await lockKey(tx, key);
  const waiting = tx
    .selectFrom("inbox")
    .select("id")
    .where("park_key", "in", keys)
    .where("status", "=", "PARKED")
    .forUpdate()
    .skipLocked();
  const rows = await tx
    .updateTable("inbox")
    .set({ status: "RECEIVED", due_at: sql<Date>`clock_timestamp()` })
    .where("id", "in", waiting)
    .returning("id")
    .execute();
  return rows.map(({ id }) => released(id));
}

/** The same for what waits for facts that are being written. */
export const releaseAfter = (tx: Transaction, facts: readonly NewFact[]): Promise<NewFact[]> =>
  release(tx, facts.flatMap(keysOf));

export const parked = (inboxId: string, type: string): NewFact => ({ kind: "event.parked", data: { inboxId, type } });
export const released = (inboxId: string): NewFact => ({ kind: "event.released", data: { inboxId } });
