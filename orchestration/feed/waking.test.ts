import { test } from "node:test";
import { createSilentLog } from "#shared/log.ts";
import { startTestCluster, withoutCluster } from "../../test/redis-cluster.ts";
import { startTestRedis, withoutRedis } from "../../test/redis.ts";
import { createAnnouncer, listenForFeed } from "./waking.ts";

const log = createSilentLog();

/** What is announced through one client wakes a listener on another; it was awake once before, when it had subscribed. */
async function wakesThrough(redisUrl: string): Promise<void> {
  const wakes: (() => void)[] = [];
  const next = () => new Promise<void>((resolve) => void wakes.push(resolve));
  const subscribed = Promise.all([next(), next()]);
  const onWake = () => wakes.shift()?.();
  const wake = listenForFeed({ url: "", redisUrl, log, onWake, againMs: 100 });
  await subscribed;
  const announcer = createAnnouncer(redisUrl, log);
  const woken = next();
  const again = setInterval(announcer.announce, 20);
  await woken;
  clearInterval(again);
  announcer.stop();
  await wake.stop();
}

test("the sequencer's announcement wakes readers through Redis (W-23)", { skip: withoutRedis }, async () => {
  const redis = await startTestRedis();
  await wakesThrough(redis.url);
  await redis.stop();
});

test("the same through a Redis Cluster, whichever node each of them talks to", { skip: withoutCluster }, async () => {
  const cluster = await startTestCluster();
  await wakesThrough(cluster.url);
  await cluster.stop();
});
