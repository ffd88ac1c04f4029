import type { Db, Transaction } from "#shared/database.ts";
import { sql } from "kysely";

/**
 * What of an order line (`erp.order:US01:SO-100001/10000`) or an invoice line is taken, and by which return line (D-14, W-13).
 * `reserved` is what is under way, `credited` what we credited; base units as decimal strings. The rows are projected from the facts (project.ts).
 */
export type Taken = { key: string; returnId: string; lineId: string; reserved: string; credited: string };

/**
 * Locks these keys until the end of the transaction, always in the same order, and gives who has taken what of each.
 * Call it once with all keys of a decision, after the return's own lock, before anything is decided on what is left.
 */
export async function lockAllocations(tx: Transaction, keys: readonly string[]): Promise<Map<string, Taken[]>> {
  const sorted = [...new Set(keys)].toSorted();
  if (sorted.length === 0) return new Map();
  const rows = sorted.map((key) => ({ key }));
  await tx
    .insertInto("allocation_locks")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await tx.selectFrom("allocation_locks").select("key").where("key", "in", sorted).orderBy("key").forUpdate().execute();
  return findAllocations(tx, sorted);
}

/** Every key asked for is in the answer, with nobody if nothing of it is taken. */
export async function findAllocations(db: Db | Transaction, keys: readonly string[]): Promise<Map<string, Taken[]>> {
  if (keys.length === 0) return new Map();
  const rows = await db
    .selectFrom("allocations")
    .selectAll()
    .where("key", "in", keys)
    .orderBy("key")
    .orderBy("line_id")
    .execute();
  const taken = rows.map(({ key, return_id, line_id, reserved, credited }) => ({
    key,
    returnId: return_id,
    lineId: line_id,
    reserved,
    credited,
  }));
  const byKey = Map.groupBy(taken, ({ key }) => key);
  return new Map(keys.map((key) => [key, byKey.get(key) ?? []]));
}

/**
 * D-17: which of these serials are open in a return, and in which. Who decides on one of them next waits until this transaction ends (W-13): two returns that name
 * a serial may hold no other lock in common. Call it once with all serials of a decision, after `lockAllocations`.
 */
export async function openSerials(
  tx: Transaction,
  companyId: string,
  serialNumbers: readonly { sku: string; serialNumber: string }[],
): Promise<{ sku: string; serialNumber: string; returnId: string; lineId: string }[]> {
  if (serialNumbers.length === 0) return [];
  const keys = serialNumbers.map(({ sku, serialNumber }) => `serial:${companyId}:${sku}:${serialNumber}`);
  await sql`select pg_advisory_xact_lock(hashtextextended(key, 0)) from unnest(${[...new Set(keys)].toSorted()}::text[]) as key`.execute(
    tx,
  );
  const rows = await tx
    .selectFrom("serials")
    .selectAll()
    .where("company_id", "=", companyId)
    .where("open", "=", true)
    .where((eb) =>
      eb(
        eb.refTuple("sku", "serial_number"),
        "in",
        serialNumbers.map(({ sku, serialNumber }) => eb.tuple(sku, serialNumber)),
      ),
    )
    .execute();
  return rows.map(({ sku, serial_number, return_id, line_id }) => ({
    sku,
    serialNumber: serial_number,
    returnId: return_id,
    lineId: line_id,
  }));
}
