import type { Systems } from "#adapters/systems.ts";
import type { WmsPort } from "#adapters/wms/port.ts";
import { inTransaction, type Db } from "#shared/database.ts";
import { BusinessRefusal, SystemFailure } from "#shared/errors.ts";
import { newId } from "#shared/ids.ts";
import type { Log } from "#shared/log.ts";
import { sql } from "kysely";
import { receive } from "#orchestration/inbox.ts";

type Parts = { db: Db; log: Log; systems: Systems; onReceived(): void; onAnswered(system: string): void };
const limit = 500;

/**
 * Reads a warehouse's pull feed to its end into the inbox (W-18): the position is committed with the rows it covers. What webhooks brought already is known
 * by its event id. An unreachable warehouse is left for the next time; a position that is no longer kept begins again from what is.
 */
export async function pollWarehouse(parts: Parts, port: WmsPort): Promise<number> {
  const { db, log, onReceived, onAnswered } = parts;
  let fresh = 0;
  try {
    for (let more = true; more;) {
      const after = await positionOf(db, port.system);
      const page = await read(parts, port, after);
      onAnswered(port.system);
      fresh += await store(db, port.system, after, page);
      more = page.more;
    }
  } catch (err) {
    if (!(err instanceof SystemFailure)) throw err;
    log.info({ err, system: port.system }, "the warehouse's feed could not be read; it is asked again");
  }
  if (fresh > 0) onReceived();
  return fresh;
}

async function read({ log }: Parts, port: WmsPort, after: string | null) {
  const call = { correlationId: newId("inb") };
  try {
    return await port.readEvents(after, { limit, waitSeconds: 0 }, call);
  } catch (error) {
    if (after === null || !(error instanceof BusinessRefusal)) throw error;
    log.warn({ system: port.system }, "the position in the warehouse's feed is no longer kept; reading what is");
    return port.readEvents(null, { limit, waitSeconds: 0 }, call);
  }
}

async function positionOf(db: Db, system: string): Promise<string | null> {
  const row = await db.selectFrom("feed_positions").select("position").where("system", "=", system).executeTakeFirst();
  return row?.position ?? null;
}

type Page = Awaited<ReturnType<WmsPort["readEvents"]>>;

/** Nothing when another process has read on meanwhile. */
async function store(db: Db, system: string, after: string | null, page: Page): Promise<number> {
  if (page.events.length > 0 || page.next !== after) return move(db, system, after, page);
  await sql`update feed_positions set read_at = clock_timestamp()
            where system = ${system} and position is not distinct from ${after}`.execute(db);
  return 0;
}

const move = (db: Db, system: string, after: string | null, { events, next }: Page): Promise<number> =>
  inTransaction(db, async (tx) => {
    await tx
      .insertInto("feed_positions")
      .values({ system, position: null })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const row = await tx
      .selectFrom("feed_positions")
      .select("position")
      .where("system", "=", system)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (row.position !== after) return 0;
    let fresh = 0;
    for (const { eventId, body } of events) {
      const { duplicate } = await receive(tx, { system, via: "FEED", eventIds: [eventId], body: Buffer.from(body) });
      if (!duplicate) fresh += 1;
    }
    await tx
      .updateTable("feed_positions")
      .set({ position: next, read_at: sql<Date>`clock_timestamp()` })
      .where("system", "=", system)
      .execute();
    return fresh;
  });
