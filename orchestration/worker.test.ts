import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Redis } from "ioredis";
import { readConfig } from "#shared/config.ts";
import type { Internals } from "#shared/internals.ts";
import { createSilentLog } from "#shared/log.ts";
import { beforeDrop } from "../test/database.ts";
import { startTestRedis, withoutOwnRedis, withoutRedis } from "../test/redis.ts";
import { startWorker } from "./main.ts";
import { findOperations, findSteps } from "./operations.ts";
import { sweepRetention } from "./retention.ts";
import { connectAnnouncer } from "./ringing.ts";
import type { Reactions } from "./starting-operations.ts";
import { begin, openBench, testTimes, until, type Bench } from "./testing/engine-for-tests.ts";
import { decideStep, documentStep, flowOf, reactionsOf, readStep } from "./testing/fake-flows.ts";

const log = createSilentLog();

async function start(
  bench: Bench,
  reactions: Reactions,
  { redisUrl, times }: { redisUrl?: string; times?: Partial<Internals> } = {},
) {
  const settings = { PORT: "0", DATABASE_URL: bench.url, ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }) };
  const config = readConfig(settings, { internals: testTimes(times) });
  const systems = { ...bench.erp.systems, erps: () => [], warehouses: () => [], carriers: () => [] };
  const worker = await startWorker({ config, log, systems, reactions });
  beforeDrop(worker.stop);
  return { ...worker, config };
}
/** Nobody looks by himself within a test's time: only bells help. */
const deaf = { pollMs: 3_600_000, feedPollMs: 3_600_000, sweepMs: 3_600_000 };

test("a bell from another process starts the work at once, and a worker that stops finishes what it does (W-09)", async () => {
  const bench = await openBench();
  const gate = Promise.withResolvers<void>();
  const reading = Promise.withResolvers<void>();
  const slow = readStep("slow", async () => (reading.resolve(), gate.promise));
  const reactions = reactionsOf(flowOf("rung", [slow, documentStep(bench.erp, "post", "draft-and-post", "C")]));
  const worker = await start(bench, reactions, { times: deaf });
  const announcer = await connectAnnouncer({ databaseUrl: bench.url, redisUrl: undefined }, log);
  const { started } = await begin(bench.db, reactions);
  announcer.committed({ facts: [{} as never], started });
  await reading.promise;
  const stopping = worker.stop();
  gate.resolve();
  await stopping;
  const operation = (await findOperations(bench.db, [started[0]!.id])).get(started[0]!.id)!;
  assert.equal(operation.status, "SUCCEEDED");
  await assert.rejects(fetch(worker.intakeUrl), "the intake is closed");
  await announcer.stop();
});

test("Redis flushed in the middle costs a delay and nothing else (W-09)", { skip: withoutRedis }, async () => {
  const bench = await openBench();
  const redis = await startTestRedis();
  beforeDrop(redis.stop);
  const client = new Redis(redis.url);
  const reactions = reactionsOf(flowOf("flushed", [documentStep(bench.erp, "post", "draft-and-post", "C")]));
  await start(bench, reactions, { redisUrl: redis.url });
  const announcer = await connectAnnouncer({ databaseUrl: bench.url, redisUrl: redis.url }, log);
  for (let n = 0; n < 10; n += 1) {
    const { started } = await begin(bench.db, reactions);
    announcer.committed({ facts: [{} as never], started });
    await client.flushall();
    await until(bench.db, started[0]!.id, "SUCCEEDED");
  }
  client.disconnect();
  await announcer.stop();
});

for (const [what, redisUrl] of Object.entries({
  Redis: "redis://127.0.0.1:1",
  "Redis Cluster": "redis://127.0.0.1:1,redis://127.0.0.1:2",
}))
  test(`a worker whose ${what} is not there starts, polls and stops (W-09)`, async () => {
    const bench = await openBench();
    const reactions = reactionsOf(flowOf("polled", [decideStep("polled")]));
    const worker = await start(bench, reactions, { redisUrl });
    const { started } = await begin(bench.db, reactions);
    await until(bench.db, started[0]!.id, "SUCCEEDED");
    await worker.stop();
  });

test("a worker does not start on a database of another installation (W-06)", async () => {
  const bench = await openBench();
  const reactions = reactionsOf();
  await bench.db.insertInto("settings").values({ key: "installation", value: '"BH9"' }).execute();
  await assert.rejects(start(bench, reactions), /BH9/);
});

test("finished operations move to their dated partition and are found there (W-28)", async () => {
  const bench = await openBench();
  const reactions = reactionsOf(flowOf("moved", [decideStep("moved")]));
  const worker = await start(bench, reactions);
  const { started } = await begin(bench.db, reactions);
  const { id } = await until(bench.db, started[0]!.id, "SUCCEEDED");
  await worker.stop();
  await bench.db
    .insertInto("idempotency_keys")
    .values({ client: "c", mutation: "m", key: "old", input_hash: "", created_at: new Date(0) })
    .execute();
  await sweepRetention(bench.db);
  assert.ok(
    await bench.db.selectFrom("operations").select("id").where("id", "=", id).executeTakeFirst(),
    "not before its time",
  );
  await bench.db
    .updateTable("operations")
    .set({ finished_at: new Date(Date.now() - 2 * 86_400_000) })
    .where("id", "=", id)
    .execute();
  await Promise.all([sweepRetention(bench.db), sweepRetention(bench.db)]);
  assert.equal(await bench.db.selectFrom("operations").select("id").where("id", "=", id).executeTakeFirst(), undefined);
  assert.equal((await findOperations(bench.db, [id])).get(id)?.status, "SUCCEEDED");
  assert.deepEqual(
    (await findSteps(bench.db, [id])).get(id)?.map(({ name }) => name),
    ["moved"],
  );
  assert.deepEqual(await bench.db.selectFrom("idempotency_keys").select("key").execute(), []);
});

/** Resolves for all once so many of them are here: who is quick leaves work to the others. */
function meeting(size: number) {
  const here = new Set<object>();
  const all = Promise.withResolvers<void>();
  return (who: object): Promise<void> => {
    if (here.add(who).size === size) all.resolve();
    return all.promise;
  };
}

/** A worker whose calls on the ERP are told apart from another's; each of them waits until its others have come to one, too. */
async function startCounted(
  bench: Bench,
  meet: (who: object) => Promise<void>,
  how: { redisUrl?: string; times?: Partial<Internals> } = {},
) {
  const posts: string[] = [];
  const { documents } = bench.erp;
  const post: typeof documents.post = async (id, ...rest) => {
    posts.push(id);
    await meet(posts);
    return documents.post(id, ...rest);
  };
  const erp = { ...bench.erp, documents: { ...documents, post } };
  const reactions = reactionsOf(flowOf("shared", [documentStep(erp, "post", "draft-and-post", "C")]));
  return { posts, reactions, ...(await start(bench, reactions, how)) };
}

async function assertOnceEach({ pool }: Bench, count: number): Promise<void> {
  const { rows } = await pool.query(
    "select count(*)::int as documents, count(distinct key)::int as keys from fake.documents where status = 'POSTED'",
  );
  assert.deepEqual(rows, [{ documents: count, keys: count }], "one document for each key");
}

test("two workers share the work, and when one is gone the other goes on (RS-24)", async () => {
  const bench = await openBench();
  const meet = meeting(2);
  const [one, two] = [await startCounted(bench, meet), await startCounted(bench, meet)];
  const { reactions } = one;
  const first = await Promise.all(Array.from({ length: 60 }, () => begin(bench.db, reactions)));
  for (const { started } of first) await until(bench.db, started[0]!.id, "SUCCEEDED");
  assert.ok(one.posts.length > 0 && two.posts.length > 0, `${one.posts.length} and ${two.posts.length} posts`);
  await one.stop();
  const { started } = await begin(bench.db, reactions);
  await until(bench.db, started[0]!.id, "SUCCEEDED");
  await assertOnceEach(bench, 61);
  while ((await bench.pool.query("select from feed_pending")).rowCount) await once(AbortSignal.timeout(10), "abort");
});

test(
  "Redis is emptied and restarted in the middle of 500 operations of two workers: each is done, once (W-09, RS-12, RS-24)",
  { skip: withoutOwnRedis },
  async () => {
    const bench = await openBench();
    const redis = await startTestRedis();
    beforeDrop(() => redis.stop());
    const how = { redisUrl: redis.url, times: { sweepMs: 100 } };
    const met = meeting(2);
    let redisIsBack = Promise.withResolvers<void>();
    const meet = async (who: object) => {
      await met(who);
      await redisIsBack.promise;
    };
    const workers = [await startCounted(bench, meet, how), await startCounted(bench, meet, how)];
    const { reactions } = workers[0]!;
    const announcer = await connectAnnouncer({ databaseUrl: bench.url, redisUrl: redis.url }, log);
    const open = async () => {
      const running = bench.db.selectFrom("operations").select("id").where("finished_at", "is", null);
      return (await running.execute()).length;
    };
    const beginSome = async () => {
      const begun = await Promise.all(Array.from({ length: 50 }, () => begin(bench.db, reactions)));
      for (const { started } of begun) announcer.committed({ facts: [{} as never], started });
    };
    for (let round = 0; round < 10; round += 1) {
      redisIsBack = Promise.withResolvers();
      await beginSome();
      assert.ok((await open()) > 0, "in the middle of the work");
      const client = new Redis(redis.url);
      await client.flushall();
      client.disconnect();
      if (round % 3 === 1) await redis.restart();
      redisIsBack.resolve();
    }
    while ((await open()) > 0) await once(AbortSignal.timeout(10), "abort");
    await assertOnceEach(bench, 500);
    const [one, two] = workers.map(({ posts }) => posts.length);
    assert.ok(one! > 0 && two! > 0, `${one} and ${two} posts`);
    await announcer.stop();
  },
);
