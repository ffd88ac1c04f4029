import type { Db, Transaction } from "#shared/database.ts";
import { sql } from "kysely";

/**
 * What of an order line (`erp.order:US01:SO-100001/10000`) or an invoice line is taken, and by which return line (D-14, W-13).
 * `reserved` is what is under way, `credited` what we credited; base units as decimal strings.
 */
export type Taken = { key: string; returnId: string; lineId: string; reserved: string; credited: string };
export type Reservation = { key: string; returnId: string; lineId: string; quantity: string };

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

/** Sets what a return line reserves of each key; under lockAllocations. */
export async function reserve(tx: Transaction, reservations: readonly Reservation[]): Promise<void> {
  if (reservations.length === 0) return;
  const rows = reservations.map(({ key, returnId, lineId, quantity }) => ({
    key,
    return_id: returnId,
    line_id: lineId,
    reserved: quantity,
  }));
  const insert = tx.insertInto("allocations").values(rows);
  await insert
    .onConflict((conflict) =>
      conflict.columns(["key", "line_id"]).doUpdateSet((eb) => ({ reserved: eb.ref("excluded.reserved") })),
    )
    .execute();
}

/** Gives back what a return line still reserves, or `quantity` of it: declined, cancelled, expired, short-closed (D-14). */
export async function release(tx: Transaction, lineId: string, quantity?: string): Promise<void> {
  const left = quantity === undefined ? sql<string>`0` : sql<string>`greatest(reserved - ${quantity}::numeric, 0)`;
  await tx.updateTable("allocations").set({ reserved: left }).where("line_id", "=", lineId).execute();
}

/** Turns `quantity` of what a return line reserved of each of its keys into credited. */
export async function credit(tx: Transaction, lineId: string, quantity: string): Promise<void> {
  await tx
    .updateTable("allocations")
    .set({
      reserved: sql`greatest(reserved - ${quantity}::numeric, 0)`,
      credited: sql`credited + ${quantity}::numeric`,
    })
    .where("line_id", "=", lineId)
    .execute();
}

/** D-17: which of these serials are open in a return, and in which. */
export async function openSerials(
  db: Db | Transaction,
  companyId: string,
  serialNumbers: readonly { sku: string; serialNumber: string }[],
): Promise<{ sku: string; serialNumber: string; returnId: string; lineId: string }[]> {
  if (serialNumbers.length === 0) return [];
  const rows = await db
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
