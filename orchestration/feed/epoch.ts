import { createHash, randomUUID } from "node:crypto";
import { inTransaction, type Db, type Transaction } from "#shared/database.ts";
import { sql } from "kysely";

/**
 * Which history of the log this is (W-24): the database's system identifier, timeline and oid, and a mark that a restore renews. Cursors of another epoch are expired.
 */
export async function readEpoch(db: Db | Transaction): Promise<string> {
  const { rows } = await sql<{ system: string; timeline: string; oid: string; mark: string }>`
    select (select system_identifier::text from pg_control_system()) as system,
      case when pg_is_in_recovery() then (select lpad(to_hex(timeline_id), 8, '0') from pg_control_checkpoint())
        else lower(left(pg_walfile_name(pg_current_wal_lsn()), 8)) end as timeline,
      (select oid::text from pg_database where datname = current_database()) as oid,
      (select mark from feed_head) as mark`.execute(db);
  const { system, timeline, oid, mark } = rows[0]!;
  return createHash("sha256").update([system, timeline, oid, mark].join("/")).digest("base64url").slice(0, 12);
}

/**
 * Compares the epoch with the one noted last. After a change, effects on ERP and warehouses are held until somebody releases them, for the systems may hold
 * documents that this database has forgotten. Gives whether effects are held now.
 */
export const checkEpoch = (db: Db): Promise<{ held: boolean; changed: boolean }> =>
  inTransaction(db, async (tx) => {
    const epoch = await readEpoch(tx);
    await tx
      .insertInto("settings")
      .values({ key: "epoch", value: JSON.stringify(epoch) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const known = await tx
      .selectFrom("settings")
      .select("value")
      .where("key", "=", "epoch")
      .forUpdate()
      .executeTakeFirstOrThrow();
    const changed = known.value !== epoch;
    if (changed) await hold(tx, epoch);
    return { changed, held: changed || (await isHeld(tx)) };
  });

/** For after a restore: a new mark, so that cursors given after the backup are refused, and effects held. */
export const renewEpoch = (db: Db): Promise<string> =>
  inTransaction(db, async (tx) => {
    await tx.updateTable("feed_head").set({ mark: randomUUID() }).execute();
    const epoch = await readEpoch(tx);
    await hold(tx, epoch);
    return epoch;
  });

async function hold(tx: Transaction, epoch: string): Promise<void> {
  await set(tx, "epoch", epoch);
  await set(tx, "effects-held", { since: new Date().toISOString(), epoch });
}

const set = (tx: Transaction, key: string, value: unknown) =>
  tx
    .insertInto("settings")
    .values({ key, value: JSON.stringify(value) })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value: JSON.stringify(value) }))
    .execute();

const isHeld = async (tx: Transaction) =>
  (await tx.selectFrom("settings").select("key").where("key", "=", "effects-held").executeTakeFirst()) !== undefined;

/** Somebody has compared the systems with the facts: effects may go out again. Gives whether they were held. */
export const releaseEffects = (db: Db): Promise<boolean> =>
  inTransaction(db, async (tx) => {
    const { numDeletedRows } = await tx
      .deleteFrom("settings")
      .where("key", "=", "effects-held")
      .executeTakeFirstOrThrow();
    await tx
      .updateTable("operations")
      .set({ due_at: sql`clock_timestamp()` })
      .where("waiting_for", "=", "release")
      .where("finished_at", "is", null)
      .execute();
    return numDeletedRows > 0n;
  });
