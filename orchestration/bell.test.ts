import assert from "node:assert/strict";
import { test } from "node:test";
import { createSilentLog } from "#shared/log.ts";
import { createTestDatabase } from "../test/database.ts";
import { startTestCluster, withoutCluster } from "../test/redis-cluster.ts";
import { startTestRedis, withoutRedis } from "../test/redis.ts";
import { connectRinger, startBells, type BellAddress } from "./bell.ts";

const log = createSilentLog();

async function ringsThrough(address: BellAddress): Promise<void> {
  const rung = Promise.withResolvers<string>();
  const recurred = Promise.withResolvers<void>();
  const recurring = [{ name: "sweep", everyMs: 1_000, work: async () => recurred.resolve() }];
  const bells = await startBells(address, log, {
    answer: async (name) => {
      if (name === "money") rung.resolve(name);
      return [];
    },
    recurring,
  });
  const ringer = await connectRinger(address, log);
  ringer.ring("money", "money");
  assert.equal(await rung.promise, "money");
  await recurred.promise;
  await ringer.stop();
  await bells.stop();
}

test("a bell rung in one process is heard in another, on PostgreSQL (W-09)", async () => {
  const { url } = await createTestDatabase();
  await ringsThrough({ databaseUrl: url, redisUrl: undefined });
});

test("the same on Redis: only the address differs (W-09)", { skip: withoutRedis }, async () => {
  const { url } = await createTestDatabase();
  const redis = await startTestRedis();
  await ringsThrough({ databaseUrl: url, redisUrl: redis.url });
  await redis.stop();
});

test("the same on a Redis Cluster (W-09)", { skip: withoutCluster }, async () => {
  const { url } = await createTestDatabase();
  const cluster = await startTestCluster();
  await ringsThrough({ databaseUrl: url, redisUrl: cluster.url });
  await cluster.stop();
});
