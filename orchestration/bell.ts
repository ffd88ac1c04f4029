import { createPostgresBackend, Queue, runMigrations, withBackend, Worker } from "bullmq";
import { hearErrors } from "#shared/database.ts";
import type { Log } from "#shared/log.ts";
import pg from "pg";
import { connectCluster, redisAddress } from "./redis.ts";

// Contentless bells (W-09): what is to be done stands in rows; a bell says "look", and when it is lost somebody looks a little later. BullMQ is known here only.

export const bells = ["goods", "money", "messages", "inbox", "feed"] as const;
export type BellName = (typeof bells)[number];

/** Where BullMQ keeps its things: Redis where there is one, else its schema in the database. Only the address differs. */
export type BellAddress = { databaseUrl: string; redisUrl: string | undefined };

export type Ringer = {
  /** After the commit, best effort, never awaited by work; rings under way are joined. */
  ring(...names: readonly string[]): void;
  stop(): Promise<void>;
};

/** What recurs: BullMQ's job schedulers start it in one process of all; a process that has not heard of it for long does it itself. */
export type Recurring = { name: string; everyMs: number; work(): Promise<unknown> };

const schema = "bullmq";
/** In braces: a Cluster then keeps all that belongs together in one place. */
const prefix = "{backhaul}";
const recurringQueue = "recurring";
const kept = { removeOnComplete: { count: 100 }, removeOnFail: { count: 100 } };
/** No answer takes so long. Locks are not renewed: the timer for that outlives a worker whose closing hangs, and would keep the process. */
const locks = { lockDuration: 600_000, skipLockRenewal: true };
/** Below this the backend would be busy with the clock; our own timer is enough (tests). */
const shortestSchedule = 1_000;

type AnyQueue = Pick<Queue, "add" | "close" | "upsertJobScheduler" | "on" | "waitUntilReady">;
type AnyWorker = Pick<Worker, "close" | "on">;
type Backend = {
  queue(name: string): AnyQueue;
  worker(name: string, answer: (job: { name: string }) => Promise<unknown>): AnyWorker;
  /** No new attempts to connect from here on. */
  end(): void;
  close(): Promise<void>;
};

/** A ringer for processes that start work and don't do it. */
export async function connectRinger(address: BellAddress, log: Log): Promise<Ringer> {
  const backend = await connect(address, log, 2);
  const queues = new Map<string, AnyQueue>();
  const ringer = createRinger(queues, backend, log);
  return { ring: ringer.ring, stop: () => stopAll([], queues, backend) };
}

export type Bells = Ringer & { recurring: readonly Recurring[] };

/** Answers bells and runs what recurs; `answer` gives what it served, which is the bell's return value. */
export async function startBells(
  address: BellAddress,
  log: Log,
  parts: { answer(name: BellName): Promise<unknown>; recurring: readonly Recurring[] },
): Promise<Bells> {
  const backend = await connect(address, log, bells.length + 1 + 4);
  const queues = new Map<string, AnyQueue>();
  const heard = new Map(parts.recurring.map(({ name }) => [name, performance.now()]));
  const run = async ({ name }: { name: string }) => {
    heard.set(name, performance.now());
    return (await parts.recurring.find((task) => task.name === name)?.work()) ?? null;
  };
  const workers = [
    ...bells.map((name) => backend.worker(name, () => parts.answer(name))),
    backend.worker(recurringQueue, run),
  ];
  for (const worker of workers) worker.on("error", throttled(log, "a bell can't be heard; workers poll"));
  const ringer = createRinger(queues, backend, log);
  const schedule = () =>
    scheduleAll(ringer.queue(recurringQueue), parts.recurring).catch(
      throttled(log, "what recurs could not be scheduled; it is run from here"),
    );
  void schedule();
  const timers = parts.recurring.map((task) =>
    setInterval(() => {
      if (task.everyMs >= shortestSchedule && performance.now() - heard.get(task.name)! < 2 * task.everyMs) return;
      if (task.everyMs >= shortestSchedule) void schedule();
      run(task).catch((err: unknown) => log.warn({ err, task: task.name }, "what recurs failed; it comes again"));
    }, task.everyMs),
  );
  return {
    ring: ringer.ring,
    recurring: parts.recurring,
    stop: async () => {
      timers.forEach((timer) => clearInterval(timer));
      await stopAll(workers, queues, backend);
    },
  };
}

async function scheduleAll(queue: AnyQueue, recurring: readonly Recurring[]): Promise<void> {
  for (const { name, everyMs } of recurring)
    if (everyMs >= shortestSchedule) await queue.upsertJobScheduler(name, { every: everyMs }, { name, opts: kept });
}

function createRinger(queues: Map<string, AnyQueue>, backend: Backend, log: Log) {
  const complain = throttled(log, "a bell could not be rung; workers poll");
  const queue = (name: string): AnyQueue => {
    const known = queues.get(name);
    if (known) return known;
    const fresh = backend.queue(name);
    fresh.on("error", complain);
    queues.set(name, fresh);
    return fresh;
  };
  const underWay = new Map<string, { again: boolean }>();
  const ringOne = (name: string): void => {
    const ringing = underWay.get(name);
    if (ringing) {
      ringing.again = true;
      return;
    }
    const state = { again: false };
    underWay.set(name, state);
    const done = () => {
      underWay.delete(name);
      if (state.again) ringOne(name);
    };
    queue(name).add("ring", {}, kept).catch(complain).finally(done);
  };
  return { queue, ring: (...names: readonly string[]) => new Set(names).forEach(ringOne) };
}

async function stopAll(workers: AnyWorker[], queues: Map<string, AnyQueue>, backend: Backend): Promise<void> {
  backend.end();
  await Promise.all([...workers, ...queues.values()].map((part) => within(3_000, part.close())));
  await within(3_000, backend.close());
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work.catch(() => undefined), late]); // what can't be closed is gone with the process
  clearTimeout(timer);
}

/** BullMQ repeats errors in a hot loop while its backend is away: one line in ten seconds. */
function throttled(log: Log, text: string): (err: unknown) => void {
  let last = -Infinity;
  return (err) => {
    if (performance.now() - last < 10_000) return;
    last = performance.now();
    log.warn({ err }, text);
  };
}

const connect = (address: BellAddress, log: Log, connections: number): Promise<Backend> =>
  address.redisUrl === undefined
    ? connectPostgres(address.databaseUrl, log, connections)
    : Promise.resolve(connectRedis(address.redisUrl, log));

/** An ioredis that is still trying to connect can't be closed: it gives up by itself once we are ending. */
function connectRedis(url: string, log: Log): Backend {
  let ending = false;
  const retry = (times: number) => (ending ? null : Math.min(100 * times, 1_000));
  const end = () => {
    ending = true;
  };
  return redisAddress(url).isCluster
    ? { ...onCluster(url, retry, log), end }
    : { ...onServer(url, retry), end, close: async () => undefined };
}

type Retry = (times: number) => number | null;

const onServer = (url: string, retryStrategy: Retry): Pick<Backend, "queue" | "worker"> => ({
  queue: (name) =>
    new Queue(name, { prefix, connection: { url, enableOfflineQueue: false, maxRetriesPerRequest: 1, retryStrategy } }),
  worker: (name, answer) =>
    new Worker(name, answer, { ...locks, prefix, connection: { url, maxRetriesPerRequest: null, retryStrategy } }),
});

/** BullMQ takes a Cluster's client instead of an address, and leaves its closing to us; a worker makes one more for itself. */
function onCluster(url: string, retry: Retry, log: Log): Omit<Backend, "end"> {
  const ringing = connectCluster(url, { failFast: true, retry });
  const hearing = connectCluster(url, { failFast: false, retry });
  for (const client of [ringing, hearing]) client.on("error", throttled(log, "the Redis Cluster can't be reached"));
  return {
    queue: (name) => new Queue(name, { prefix, connection: ringing }),
    worker: (name, answer) => new Worker(name, answer, { ...locks, prefix, connection: hearing }),
    close: async () => {
      ringing.disconnect();
      hearing.disconnect();
    },
  };
}

/** Each worker pins a connection for its LISTEN, so the pool is larger than their number (persistence.md). */
async function connectPostgres(connectionString: string, log: Log, connections: number): Promise<Backend> {
  await prepareSchema(connectionString);
  const backend = withBackend(createPostgresBackend);
  const pool = new pg.Pool({
    connectionString,
    max: connections,
    options: `-c search_path=${schema}`,
    application_name: "backhaul bell",
    keepAlive: true,
  });
  pool.setMaxListeners(0);
  pool.on("connect", (client) => hearErrors(client, log));
  pool.on("error", () => undefined); // said by the connection itself
  const connection = pool as never;
  return {
    queue: (name) => new backend.Queue(name, { connection }) as unknown as AnyQueue,
    worker: (name, answer) => new backend.Worker(name, answer, { ...locks, connection }) as unknown as AnyWorker,
    end: () => undefined,
    close: () => pool.end(),
  };
}

async function prepareSchema(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, application_name: "backhaul bell" });
  await client.connect();
  try {
    await runMigrations(client as never, schema);
  } finally {
    await client.end();
  }
}
