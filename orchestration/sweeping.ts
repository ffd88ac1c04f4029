import type { Db } from "#shared/database.ts";
import type { Log } from "#shared/log.ts";
import { sql } from "kysely";
import type { BellName } from "./bell.ts";
import { checkEpoch } from "./feed/epoch.ts";

/**
 * Rings for what is overdue where a place is free (W-09), whatever became of its bell; and looks whether the database is still the one it was (W-24).
 * Gives which bells were rung.
 */
export async function sweep(
  db: Db,
  log: Log,
  bells: { rung(name: BellName): Promise<unknown>; free(lane: string): number },
): Promise<string[]> {
  const { changed } = await checkEpoch(db);
  if (changed) log.warn("the database's epoch changed: effects are held (W-24)");
  const { rows } = await sql<{ name: BellName }>`
    select distinct lane as name from operations
    where finished_at is null and due_at <= (select clock_timestamp()) and status in ('ACCEPTED', 'RUNNING', 'WAITING')
    union all select 'inbox' where exists (select from inbox where status in ('RECEIVED', 'PARKED') and due_at <= (select clock_timestamp()))
    union all select 'feed' where exists (select from feed_pending)`.execute(db);
  const overdue = rows
    .map(({ name }) => name)
    .filter((name) => name === "inbox" || name === "feed" || bells.free(name) > 0);
  await Promise.all(overdue.map((name) => bells.rung(name)));
  return overdue;
}
