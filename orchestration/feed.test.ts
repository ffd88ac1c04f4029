import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { test } from "node:test";
import { beforeDrop } from "../test/database.ts";
import { inTransaction } from "#shared/database.ts";
import { createSilentLog } from "#shared/log.ts";
import { startTestRedis, withoutRedis } from "../test/redis.ts";
import { changeReturn } from "./facts.ts";
import { renewEpoch } from "./feed/epoch.ts";
import { openFeed, type Feed, type FeedFrame, type FollowOptions } from "./feed.ts";
import { startSequencer, type Sequencer } from "./sequencer.ts";
import { begin, openBench, stampFor, testTimes, type Bench } from "./testing/engine-for-tests.ts";
import { done } from "./testing/fake-flows.ts";

const log = createSilentLog();
const none = { flows: [], react: () => [] };
const secret = Buffer.alloc(32, 7).toString("base64");

async function open(
  redisUrl?: string,
  times = {},
): Promise<Bench & { feed: Feed; sequencer: Sequencer; write(returnId: string, name: string): Promise<void> }> {
  const bench = await openBench();
  const sequencer = sequence(bench, redisUrl);
  const feed = await openReader(bench, redisUrl, times);
  const write = async (returnId: string, name: string) => {
    await inTransaction(bench.db, (tx) =>
      changeReturn(tx, returnId, stampFor(none), () => ({ facts: [done(name)], value: null })),
    );
    sequencer.nudge();
  };
  return { ...bench, feed, sequencer, write };
}

function sequence(bench: Bench, redisUrl?: string): Sequencer {
  const times = { ...testTimes(), feedBatch: 7, feedPartition: 50 };
  const sequencer = startSequencer({ url: bench.url, redisUrl, log, times, onUnreadable: () => undefined });
  beforeDrop(sequencer.stop);
  return sequencer;
}

async function openReader(bench: Bench, redisUrl?: string, times = {}): Promise<Feed> {
  const config = {
    cursorSecret: secret,
    redisUrl,
    databaseUrl: bench.url,
    internals: testTimes({ checkpointMs: 60_000, ...times }),
  };
  const feed = await openFeed({ db: bench.db, log, config });
  beforeDrop(feed.stop);
  return feed;
}

/** Nothing is on its way any more. */
async function numbered({ db }: Bench): Promise<void> {
  while (await db.selectFrom("feed_pending").select("version").executeTakeFirst())
    await once(AbortSignal.timeout(5), "abort");
}

/** Reads until `enough`, then hangs up. */
async function read(
  feed: Feed,
  options: FollowOptions,
  enough: (frames: FeedFrame[]) => boolean,
): Promise<FeedFrame[]> {
  const frames: FeedFrame[] = [];
  for await (const frame of feed.follow(options)) {
    frames.push(frame);
    if (enough(frames)) break;
  }
  return frames;
}
const events = (frames: FeedFrame[]) => frames.flatMap(({ event }) => (event ? [event] : []));
const seqs = (frames: FeedFrame[]) => events(frames).map(({ seq }) => seq);

test("a stream begins with a checkpoint, catches up from it and goes on live, in order, once (W-25)", async () => {
  const { db, feed, write } = await open();
  const [first] = await read(feed, { stream: "all" }, () => true);
  assert.equal(first!.event, null);
  const { id } = await begin(db, none);
  const reading = read(feed, { stream: "all", after: first!.cursor }, (frames) => events(frames).length === 11);
  for (let n = 0; n < 10; n += 1) await write(id, `n${n}`);
  const frames = await reading;
  assert.deepEqual(
    seqs(frames),
    Array.from({ length: 11 }, (_, n) => n + 1),
  );
  assert.deepEqual(
    events(frames).map(({ version }) => version),
    Array.from({ length: 11 }, (_, n) => n + 1),
  );
});

test("a forged cursor and one of another stream are CURSOR_INVALID; another epoch's and a dropped one's are CURSOR_EXPIRED (W-24)", async () => {
  const bench = await open();
  const { db, feed, write } = bench;
  const { id } = await begin(db, none);
  for (let n = 0; n < 3; n += 1) await write(id, `n${n}`);
  const frames = await read(feed, { stream: "all", after: null }, () => true);
  const { cursor } = frames[0]!;
  const coded = (code: string) => (error: { code?: string }) => error.code === code;
  await assert.rejects(
    read(feed, { stream: `return/${id}`, after: cursor }, () => true),
    coded("CURSOR_INVALID"),
  );
  for (const forged of [
    "",
    "x",
    `${cursor}x`,
    cursor.replace(/^./, "A"),
    `${Buffer.from('["all","e",1]').toString("base64url")}.AAAA`,
    "a".repeat(5_000),
  ])
    await assert.rejects(
      read(feed, { stream: "all", after: forged }, () => true),
      coded("CURSOR_INVALID"),
    );
  const told = assert.rejects(
    read(feed, { stream: "all", after: cursor }, () => false),
    coded("CURSOR_EXPIRED"),
    "an open stream is told, too",
  );
  await renewEpoch(db);
  await write(id, "after the restore");
  await told;
  await assert.rejects(
    read(feed, { stream: "all", after: cursor }, () => true),
    coded("CURSOR_EXPIRED"),
  );
  const early = await read(feed, { stream: "all" }, () => true);
  for (let n = 0; n < 60; n += 1) await write(id, `m${n}`);
  await read(feed, { stream: "all", after: early[0]!.cursor }, (read) => events(read).length === 55);
  await bench.pool.query("drop table feed_0");
  await assert.rejects(
    read(await openReader(bench), { stream: "all", after: early[0]!.cursor }, () => true),
    coded("CURSOR_EXPIRED"),
  );
});

test("an idle stream and one whose filter lets nothing through get checkpoints to resume from (W-25)", async () => {
  const { write, ...bench } = await open();
  const [wanted, other] = [await begin(bench.db, none), await begin(bench.db, none)];
  await numbered(bench);
  const feed = await openReader(bench, undefined, { checkpointMs: 5 });
  const stream = `return/${wanted.id}`;
  const frames = await read(feed, { stream, returnId: wanted.id }, (read) => read.length === 3);
  assert.deepEqual(
    frames.map(({ event }) => event),
    [null, null, null],
  );
  const filtered = read(feed, { stream, returnId: wanted.id, after: frames[2]!.cursor }, (read) =>
    events(read).some(({ kind }) => kind === "case.linked"),
  );
  for (let n = 0; n < 20; n += 1) await write(other.id, `n${n}`);
  await write(wanted.id, "mine");
  const seen = events(await filtered);
  assert.ok(seen.every(({ returnId }) => returnId === wanted.id));
  const late = await read(feed, { stream, returnId: wanted.id, after: frames[2]!.cursor }, (read) =>
    events(read).some(({ kind }) => kind === "case.linked"),
  );
  assert.deepEqual(
    seqs(late),
    seen.map(({ seq }) => seq),
    "resuming gives the same",
  );
});

test("a scope that changes counts from the next event on (W-25)", async () => {
  const { db, feed, write } = await open();
  let allowed = true;
  const { id } = await begin(db, none);
  const stop = new AbortController();
  const frames: FeedFrame[] = [];
  const reading = (async () => {
    for await (const frame of feed.follow({ stream: "all", matches: () => allowed, signal: stop.signal })) {
      frames.push(frame);
      if (frame.event?.kind === "case.linked") allowed = false;
    }
  })();
  while (frames.length === 0) await new Promise(setImmediate);
  for (let n = 0; n < 3; n += 1) await write(id, `n${n}`);
  await read(feed, { stream: "all" }, () => true);
  stop.abort();
  await reading;
  assert.ok(events(frames).filter(({ kind }) => kind === "case.linked").length <= 1);
});

test("random writers, aborts and killed sequencers: every reader's pieces together are the log, whole and in one order (W-23, W-25, W-26)", async () => {
  await random();
});

test("the same with Redis as the way to wake readers (W-26)", { skip: withoutRedis }, async () => {
  const redis = await startTestRedis();
  beforeDrop(redis.stop);
  await random(redis.url);
});

async function random(redisUrl?: string): Promise<void> {
  const bench = await open(redisUrl);
  const { db, feed } = bench;
  const second = await openReader(bench, redisUrl);
  const [start] = await read(feed, { stream: "all" }, () => true);
  const returns = await Promise.all(Array.from({ length: 6 }, () => begin(db, none)));
  const children = [startKilled(bench), startKilled(bench)];
  const total = 6 + 6 * 20;
  const readers = [feed, second, feed].map((from, n) => inPieces(from, start!.cursor, total, n + 2));
  await Promise.all(
    returns.map(async ({ id }, n) => {
      for (let k = 0; k < 20; k += 1) {
        const abort = inTransaction(db, async (tx) => {
          await changeReturn(tx, id, stampFor(none), () => ({ facts: [done("never"), done("seen")], value: null }));
          throw new Error("aborted");
        });
        if ((k + n) % 3 === 0) await assert.rejects(abort, /aborted/);
        else await abort.catch(() => undefined);
        await bench.write(id, `k${k}`);
        if (k === 7 && n === 0)
          await bench.pool.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'backhaul sequencer' and datname = current_database()",
          );
        if (k === 12 && n === 1)
          await bench.pool.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'backhaul feed listener' and datname = current_database()",
          );
      }
    }),
  );
  const seen = await Promise.all(readers);
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  const committed = await db
    .selectFrom("facts")
    .select(["return_id", "version"])
    .orderBy("return_id")
    .orderBy("version")
    .execute();
  assert.equal(committed.length, total);
  for (const one of seen) {
    assert.deepEqual(
      one.map(({ seq }) => seq),
      Array.from({ length: total }, (_, n) => n + 1),
      "dense, rising, none twice",
    );
    assert.deepEqual(one, seen[0], "one order for all");
    for (const { id } of returns)
      assert.deepEqual(
        one.filter(({ returnId }) => returnId === id).map(({ version }) => version),
        Array.from({ length: 21 }, (_, n) => n + 1),
      );
  }
}

/** A client that is cut off after every few frames and resumes where it was. */
async function inPieces(
  feed: Feed,
  from: string,
  total: number,
  size: number,
): Promise<{ seq: number; returnId: string; version: number }[]> {
  const all: { seq: number; returnId: string; version: number }[] = [];
  for (let cursor = from; all.length < total;) {
    const want = Math.min(size, total - all.length);
    const frames = await read(feed, { stream: "all", after: cursor }, (read) => events(read).length === want);
    cursor = frames.at(-1)!.cursor;
    all.push(...events(frames).map(({ seq, returnId, version }) => ({ seq, returnId, version })));
  }
  return all;
}

/** A sequencer in a process of its own that dies in the middle of a batch, before or after its commit. */
function startKilled({ url }: Bench) {
  const crashAt = `feed batch ${Math.random() < 0.5 ? "before" : "after"}#${1 + Math.floor(Math.random() * 3)}`;
  const child = fork(
    path.resolve(import.meta.dirname, "testing/sequencer-child.ts"),
    [url, JSON.stringify({ crashAt })],
    { stdio: "inherit" },
  );
  beforeDrop(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  return child;
}

test("a fact that can't be read gets a placeholder in the feed and is reported; the others go on (W-22)", async () => {
  const bench = await openBench();
  const unreadable = Promise.withResolvers<{ returnId: string; version: number }>();
  const { id } = await begin(bench.db, none);
  await bench.pool.query("insert into feed_pending values ('ret_0', 1)");
  const sequencer = startSequencer({
    url: bench.url,
    redisUrl: undefined,
    log,
    times: testTimes(),
    onUnreadable: unreadable.resolve,
  });
  beforeDrop(sequencer.stop);
  const { returnId, version } = await unreadable.promise;
  assert.deepEqual([returnId, version], ["ret_0", 1]);
  const { rows } = await bench.pool.query("select return_id, kind, milestone from feed order by seq");
  assert.deepEqual(rows, [
    { return_id: "ret_0", kind: "unreadable", milestone: false },
    { return_id: id, kind: "return.requested", milestone: true },
  ]);
});
