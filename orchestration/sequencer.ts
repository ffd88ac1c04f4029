import type { Internals } from "#shared/internals.ts";
import type { Log } from "#shared/log.ts";
import pg from "pg";
import { reached } from "./crash-points.ts";
import { milestoneKinds } from "./fact-kinds.ts";
import { channel, createAnnouncer } from "./feed/waking.ts";

/** Held by the session of the one sequencer (W-23). */
const leaderLock = 0x66656564;

export type Sequencer = {
  /** There are facts to number. */
  nudge(): void;
  stop(): Promise<void>;
};
type Parts = {
  url: string;
  redisUrl: string | undefined;
  log: Log;
  times: Pick<Internals, "feedBatch" | "feedPartition" | "feedPollMs" | "sweepMs">;
  /** A fact that can't be shown was numbered as a placeholder (W-22). */
  onUnreadable(at: { seq: number; returnId: string; version: number }): void;
};

/**
 * Numbers committed facts densely, in one process of all: the leader is who holds an advisory lock on its own connection, and a lost connection is lost leadership.
 * Others stand by.
 */
export function startSequencer(parts: Parts): Sequencer {
  const { log, times } = parts;
  const announcer = createAnnouncer(parts.redisUrl, log);
  let stopped = false;
  let woken = Promise.withResolvers<void>();
  const nudge = () => woken.resolve();
  const rest = async (ms: number) => {
    const timer = setTimeout(nudge, ms);
    await woken.promise;
    clearTimeout(timer);
    woken = Promise.withResolvers<void>();
  };
  const lead = async (client: pg.Client) => {
    const partitions = new Set<number>();
    while (!stopped) {
      const moved = await moveBatch(client, parts, partitions);
      if (moved > 0) announcer.announce();
      if (moved < times.feedBatch) await rest(times.feedPollMs);
    }
  };
  const loop = async () => {
    while (!stopped) {
      const client = new pg.Client({
        connectionString: parts.url,
        application_name: "backhaul sequencer",
        keepAlive: true,
      });
      client.on("error", (err) => log.warn({ err }, "the sequencer's connection broke"));
      try {
        await client.connect();
        if (await becomeLeader(client)) await lead(client);
      } catch (err) {
        log.warn({ err }, "the sequencer begins again");
      } finally {
        await client.end().catch(() => undefined); // it may be broken already
      }
      if (!stopped) await rest(times.sweepMs);
    }
  };
  const running = loop();
  return {
    nudge,
    stop: async () => {
      stopped = true;
      nudge();
      await running;
      announcer.stop();
    },
  };
}

async function becomeLeader(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ leader: boolean }>("select pg_try_advisory_lock($1) as leader", [leaderLock]);
  return rows[0]!.leader;
}

/** Moves the facts that are visible by now into the feed, by (return, version), and says so, all in one transaction; gives how many. */
async function moveBatch(client: pg.Client, { times, onUnreadable }: Parts, partitions: Set<number>): Promise<number> {
  await client.query("begin");
  try {
    const head = await client.query<{ seq: number }>("select seq::float8 as seq from feed_head for update");
    const { seq } = head.rows[0]!;
    for (const first of [seq + 1, seq + times.feedBatch])
      await ensurePartition(client, Math.floor(first / times.feedPartition), times.feedPartition, partitions);
    const { rows } = await client.query<Moved>(move, [times.feedBatch, milestoneKinds, channel]);
    reached("feed batch before");
    await client.query("commit");
    reached("feed batch after");
    for (const { seq: at, return_id, version, readable } of rows)
      if (!readable) onUnreadable({ seq: Number(at), returnId: return_id, version });
    return rows.length;
  } catch (error) {
    partitions.clear();
    await client.query("rollback");
    throw error;
  }
}

type Moved = { seq: string; return_id: string; version: number; readable: boolean };

const move = `
  with batch as (
    select return_id, version, (select seq from feed_head) + row_number() over (order by return_id, version) as seq
    from (select return_id, version from feed_pending order by return_id, version limit $1) pending
  ), gone as (
    delete from feed_pending p using batch b where p.return_id = b.return_id and p.version = b.version
  ), head as (
    update feed_head set seq = (select max(seq) from batch) where exists (select from batch)
  ), told as (
    select pg_notify($3, '') from batch limit 1
  ), added as (
    insert into feed (seq, return_id, version, kind, milestone, company_id, warehouse, customer_id, order_channel, skus)
    select b.seq, b.return_id, b.version, coalesce(f.kind, 'unreadable'), coalesce(f.kind = any ($2), false),
      coalesce(r.company_id, ''), r.warehouse, r.customer_id, r.order_channel,
      array(select distinct l.sku from return_lines l where l.return_id = b.return_id and l.sku is not null)
    from batch b left join facts f on f.return_id = b.return_id and f.version = b.version left join returns r on r.id = b.return_id
    returning seq, return_id, version, kind <> 'unreadable' as readable
  )
  select added.*, (select count(*) from told) from added order by seq`;

/** Partitions by range of numbers, made ahead and attached, so that readers are not locked out (W-28). */
async function ensurePartition(client: pg.Client, n: number, size: number, known: Set<number>): Promise<void> {
  if (known.has(n)) return;
  const name = `feed_${n}`;
  const { rows } = await client.query("select to_regclass($1) as found", [name]);
  if (!rows[0].found) {
    await client.query(`create table ${name} (like feed including all)`);
    await client.query(
      `alter table feed attach partition ${name} for values from (${n * size}) to (${(n + 1) * size})`,
    );
  }
  known.add(n);
}
