import type { Log } from "#shared/log.ts";
import pg from "pg";
import { connectRedis } from "#orchestration/redis.ts";

/** The channel on which the sequencer, and nobody else, says that there is more (W-23). */
export const channel = "backhaul_feed";

export type Wake = { stop(): Promise<void> };
type Parts = { url: string; redisUrl: string | undefined; log: Log; onWake: () => void; againMs: number };

/** Calls `onWake` when the sequencer has moved on, and after every reconnection, for what was said meanwhile is lost. */
export const listenForFeed = (parts: Parts): Wake =>
  parts.redisUrl === undefined ? listenOnPostgres(parts) : listenOnRedis(parts, parts.redisUrl);

function listenOnPostgres({ url, log, onWake, againMs }: Parts): Wake {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const connect = async () => {
    const fresh = (client = new pg.Client({
      connectionString: url,
      application_name: "backhaul feed listener",
      keepAlive: true,
    }));
    let gone = false;
    const lost = (err?: Error) => {
      if (gone || stopped) return;
      gone = true;
      log.warn({ err }, "the feed's listener lost its connection");
      fresh.end().catch(() => undefined); // it is broken already
      timer = setTimeout(() => void connect(), againMs);
    };
    fresh.on("error", lost);
    fresh.on("end", () => lost());
    fresh.on("notification", onWake);
    try {
      await fresh.connect();
      await fresh.query(`listen ${channel}`);
      onWake();
    } catch (error) {
      lost(error as Error);
    }
  };
  const connecting = connect();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await connecting;
      await client?.end();
    },
  };
}

function listenOnRedis({ log, onWake, againMs }: Parts, redisUrl: string): Wake {
  const redis = connectRedis(redisUrl, { failFast: false, retry: (times) => Math.min(times * againMs, 5_000) });
  redis.on("error", (err) => log.warn({ err }, "the feed's listener can't reach Redis; the poll goes on"));
  redis.on("message", onWake);
  redis.on("ready", onWake);
  redis
    .subscribe(channel)
    .then(onWake)
    .catch((err: unknown) => log.warn({ err }, "the feed's listener could not subscribe"));
  return {
    stop: async () => {
      redis.disconnect();
    },
  };
}

/** Says on Redis that there is more; on PostgreSQL the batch's own transaction does. */
export function createAnnouncer(redisUrl: string | undefined, log: Log): { announce(): void; stop(): void } {
  if (redisUrl === undefined) return { announce: () => undefined, stop: () => undefined };
  const redis = connectRedis(redisUrl, { failFast: true, retry: (times) => Math.min(times * 100, 2_000) });
  redis.on("error", (err) => log.warn({ err }, "the sequencer can't reach Redis; readers poll"));
  return {
    announce: () => {
      redis.publish(channel, "").catch(() => undefined); // best effort: readers poll
    },
    stop: () => redis.disconnect(),
  };
}
