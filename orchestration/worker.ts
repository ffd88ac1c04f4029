import { connectSystems, type Systems } from "#adapters/systems.ts";
import type { Config } from "#shared/config.ts";
import { assertDurable, connectDatabase, type Db } from "#shared/database.ts";
import type { Log } from "#shared/log.ts";
import { createShutdown } from "#shared/shutdown.ts";
import { startBells, type BellName } from "./bell.ts";
import { planCrash } from "./crash-points.ts";
import { raiseTask } from "./exceptions.ts";
import { checkEpoch } from "./feed/epoch.ts";
import { flows } from "./flows/index.ts";
import { startIntake } from "./intake.ts";
import { pollWarehouse } from "./inbox/polling.ts";
import { pollParcels } from "./inbox/reading-parcels.ts";
import { pollReplacements } from "./inbox/reading-replacements.ts";
import { startRefreshing } from "./inbox/refreshing.ts";
import { startProcessing } from "./inbox/start-processing.ts";
import { loadPolicies } from "./policies/policies.ts";
import { react } from "./reactions.ts";
import { recurringWork } from "./recurring.ts";
import { backhaul } from "./running/engine.ts";
import type { Reactions } from "./starting-operations.ts";
import { startRunning } from "./running/start-running.ts";
import { startSequencer } from "./sequencer.ts";
import { assertFlowsKnown, assertInstallation } from "./starting-checks.ts";
import { subscribeToErps } from "./subscribing.ts";

export type WorkerOptions = {
  config: Config;
  log: Log;
  db?: Db;
  systems?: Systems;
  /** Flows and what starts them; the house's own unless a test brings its own. */
  reactions?: Reactions;
};
export type StartedWorker = {
  /** Where `POST /hooks/<system>` is served. */
  intakeUrl: string;
  stop(): Promise<void>;
};

/** The worker: runs operations, takes documents in, numbers the feed, answers bells. Any number of them share one database. */
export async function startWorker(options: WorkerOptions): Promise<StartedWorker> {
  const shutdown = createShutdown(options.log);
  try {
    return await start(options, shutdown);
  } catch (error) {
    await shutdown.run("could not start");
    throw error;
  }
}

async function start(
  { config, log, ...given }: WorkerOptions,
  shutdown: ReturnType<typeof createShutdown>,
): Promise<StartedWorker> {
  const { databaseUrl, redisUrl, internals: times, installation } = config;
  if (databaseUrl === undefined) throw new Error("DATABASE_URL is not set.");
  planCrash(times);
  const db = given.db ?? connect(databaseUrl, log, shutdown);
  if (times.requireDurable) await assertDurable(db);
  const reactions = given.reactions ?? { flows, react };
  await assertFlowsKnown(db, reactions.flows);
  await assertInstallation(db, installation);
  const epoch = await checkEpoch(db);
  if (epoch.held)
    log.warn(
      "effects on ERP and warehouses are held since the database's epoch changed; release them when the systems are compared (W-24)",
    );
  const policies = loadPolicies(config.policiesDir);
  const systems = given.systems ?? connectSystems({ config });
  if (!given.systems) shutdown.add("systems", systems.close);

  const sequencer = startSequencer({
    url: databaseUrl,
    redisUrl,
    log,
    times,
    onUnreadable: (at) => void raiseUnreadable(db, log, at),
  });
  shutdown.add("sequencer", sequencer.stop);

  const polls = new Map(systems.warehouses().map((port) => [port.system, port]));
  const erps = new Map(systems.erps().map((port) => [port.system, port]));
  const carriers = new Map(systems.carriers().map((port) => [port.system, port]));
  const poll = async (system: string) => {
    const port = polls.get(system);
    const carrier = carriers.get(system);
    const erp = erps.get(system);
    if (carrier) await pollParcels({ db, log, reactions, committed }, carrier);
    if (erp) await pollReplacements({ db, log, reactions, committed }, erp);
    if (port)
      await pollWarehouse(
        { db, log, systems, onReceived: () => void processing.ring(), onAnswered: running.answered },
        port,
      );
  };
  const running = startRunning({
    ...{ db, log, systems, policies, installation, times, reactions, partnersDir: config.partnersDir },
    onFacts: sequencer.nudge,
    onAnswered: (system) =>
      void poll(system).catch((err: unknown) => log.warn({ err, system }, "the warehouse's feed could not be read")),
  });
  shutdown.add("operations", running.stop, { deadlineMs: 12_000 });

  const committed = ({ facts, started }: { facts: number; started: readonly { lane: string }[] }) => {
    if (facts > 0) sequencer.nudge();
    for (const lane of new Set(started.map((one) => one.lane)))
      void (lane === "inbox" ? processing.ring() : running.ring(lane));
  };
  const refreshing = startRefreshing({ db, log, systems });
  shutdown.add("snapshots", refreshing.idle);
  const onUnnamedParcel = (system: string) =>
    void poll(system).catch((err: unknown) => log.warn({ err, system }, "the parcels could not be read"));
  const onOrders = (system: string) =>
    void poll(system).catch((err: unknown) => log.warn({ err, system }, "the replacement orders could not be read"));
  const processing = startProcessing({
    db,
    log,
    systems,
    policies,
    times,
    onNotices: (system, notices) => {
      refreshing.onNotices(system, notices);
      if (notices.some(({ record }) => record === "order")) onOrders(system);
    },
    onUnnamedParcel,
    committed,
  });
  shutdown.add("inbox", processing.stop);
  const intake = await startIntake({
    db,
    log,
    systems,
    host: config.host,
    port: config.intakePort,
    onReceived: () => void processing.ring(),
  });
  shutdown.add("intake", intake.stop);

  const answer = async (name: BellName): Promise<unknown> => {
    if (name === "feed") return sequencer.nudge();
    return name === "inbox" ? processing.ring() : running.ring(name);
  };
  const hooks = config.intakeUrl ?? intake.url;
  const recurring = recurringWork({
    db,
    log,
    systems,
    policies,
    installation,
    flows: reactions.flows,
    times,
    hooks,
    free: running.free,
    answer,
    poll,
    committed,
  });
  const bells = await startBells({ databaseUrl, redisUrl }, log, { answer, recurring }).catch((err: unknown) => {
    log.warn({ err }, "the bells could not be hung up; this worker polls");
    return null;
  });
  if (bells) shutdown.add("bells", bells.stop);
  void firstThings(
    { db, log, systems, hooks, everyMs: times.renewMs },
    [...polls.keys(), ...carriers.keys()].map((system) => () => poll(system)),
  );
  return { intakeUrl: intake.url, stop: async () => void (await shutdown.run("stop")) };
}

function connect(url: string, log: Log, shutdown: ReturnType<typeof createShutdown>): Db {
  const { db, stop } = connectDatabase({ url, log, name: "worker", connections: 20 });
  shutdown.add("database", stop);
  return db;
}

/** What would otherwise wait for its first turn: subscriptions and the feeds, for whatever was said while no worker ran. */
async function firstThings(
  subscribing: Parameters<typeof subscribeToErps>[0],
  polls: (() => Promise<unknown>)[],
): Promise<void> {
  const { log } = subscribing;
  const failed = (err: unknown) => log.warn({ err }, "a first look failed; its turn comes again");
  await Promise.all([subscribeToErps(subscribing).catch(failed), ...polls.map((poll) => poll().catch(failed))]);
}

async function raiseUnreadable(
  db: Db,
  log: Log,
  at: { seq: number; returnId: string; version: number },
): Promise<void> {
  const summary = `Number ${at.seq} of the feed names version ${at.version} of ${at.returnId}, which can't be read.`;
  const stamp = { correlationId: "feed", actor: backhaul, source: { system: "backhaul", reference: null } };
  await db
    .transaction()
    .execute((tx) => raiseTask(tx, { code: "UNEXPECTED", summary, cause: `feed/${at.returnId}/${at.version}` }, stamp))
    .catch((err: unknown) => log.error({ err, ...at }, "an unreadable fact could not be reported"));
}
