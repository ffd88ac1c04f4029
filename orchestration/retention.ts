import { inTransaction, type Db } from "#shared/database.ts";
import { sql } from "kysely";

/** How long what is done stays: with live rows, in its dated partition, and in the feed (W-21, W-28). */
export const retention = {
  movedAfterDays: 1,
  doneDays: 400,
  inboxDays: 90,
  feedDays: 90,
  keyDays: 30,
  refusalDays: 90,
} as const;
const batch = 1_000;

/** Moves finished work into its month's partition, drops what is past its time. Safe to run anywhere, any time, and twice at once. */
export async function sweepRetention(db: Db): Promise<void> {
  for (const table of ["operations_done", "operation_steps_done", "inbox_done"]) await ensureMonth(db, table);
  while ((await moveOperations(db)) === batch);
  while ((await moveInbox(db)) === batch);
  await sql`delete from idempotency_keys where created_at < clock_timestamp() - make_interval(days => ${retention.keyDays})`.execute(
    db,
  );
  await sql`delete from inbox_refusals where at < clock_timestamp() - make_interval(days => ${retention.refusalDays})`.execute(
    db,
  );
  await dropFeed(db);
  await dropMonths(db, ["operations_done", "operation_steps_done"], retention.doneDays);
  await dropMonths(db, ["inbox_done"], retention.inboxDays);
  await dropDocuments(db);
}

async function moveOperations(db: Db): Promise<number> {
  return inTransaction(db, async (tx) => {
    const { rows } = await sql<{ id: string }>`
      with moved as (
        delete from operations where id in (
          select id from operations where finished_at < clock_timestamp() - make_interval(days => ${retention.movedAfterDays})
          limit ${batch} for update skip locked
        ) returning *
      ) insert into operations_done select * from moved returning id`.execute(tx);
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0)
      await sql`
        with moved as (delete from operation_steps where operation_id = any (${ids}) returning *)
        insert into operation_steps_done select moved.*, clock_timestamp() from moved`.execute(tx);
    return ids.length;
  });
}

async function moveInbox(db: Db): Promise<number> {
  const { rows } = await sql`
    with moved as (
      delete from inbox where id in (
        select id from inbox where processed_at < clock_timestamp() - make_interval(days => ${retention.movedAfterDays + 30})
        limit ${batch} for update skip locked
      ) returning *
    ) insert into inbox_done select * from moved returning id`.execute(db);
  return rows.length;
}

/** This month's partition and the next one's; rows that came before it was made stay in the rest. */
async function ensureMonth(db: Db, table: string): Promise<void> {
  for (const ahead of [0, 1]) {
    const { rows } = await sql<{ name: string; first: string; end: string; exists: boolean }>`
      select ${table} || to_char(month, '_YYYYMM') as name, month::date::text as first, (month + interval '1 month')::date::text as end,
        to_regclass(${table} || to_char(month, '_YYYYMM')) is not null as exists
      from (select date_trunc('month', clock_timestamp() at time zone 'UTC') + make_interval(months => ${ahead}) as month) months`.execute(
      db,
    );
    const { name, first, end, exists } = rows[0]!;
    if (exists) continue;
    const range = sql.raw(`for values from ('${first} 00:00+00') to ('${end} 00:00+00')`);
    await sql`create table if not exists ${sql.table(name)} partition of ${sql.table(table)} ${range}`
      .execute(db)
      .catch(ifOverlaps);
  }
}

/** Rows of this month lie in the rest already: they stay there. */
const ifOverlaps = (error: unknown): void => {
  if ((error as { code?: unknown }).code !== "23514") throw error;
};

/** Feed partitions whose last event is past its time, but never the newest. */
async function dropFeed(db: Db): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'feed'::regclass
    order by substring(c.relname from '[0-9]+$')::int`.execute(db);
  for (const { name } of rows.slice(0, -2)) {
    const last = await sql<{ old: boolean }>`
      select coalesce(max(at) < clock_timestamp() - make_interval(days => ${retention.feedDays}), true) as old from ${sql.table(name)}`.execute(
      db,
    );
    if (!last.rows[0]?.old) return;
    await sql`drop table ${sql.table(name)}`.execute(db);
  }
}

async function dropMonths(db: Db, tables: readonly string[], days: number): Promise<void> {
  for (const table of tables) {
    const { rows } = await sql<{ name: string }>`
      select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = ${table}::regclass and c.relname ~ '_[0-9]{6}$'
        and to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' < clock_timestamp() - make_interval(days => ${days})`.execute(
      db,
    );
    for (const { name } of rows) await sql`drop table ${sql.table(name)}`.execute(db);
  }
}

/** Raw documents that no row of the inbox names any more. */
const dropDocuments = (db: Db) =>
  sql`
    delete from documents d where stored_at < clock_timestamp() - make_interval(days => ${retention.inboxDays})
      and not exists (select from inbox where document_hash = d.hash) and not exists (select from inbox_done where document_hash = d.hash)`.execute(
    db,
  );
