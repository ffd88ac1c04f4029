import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Policies } from "#orchestration/policies/policies.ts";
import { type Config, type Environment, readConfig, testBell } from "#shared/config.ts";
import { connectDatabase } from "#shared/database.ts";
import { createLog } from "#shared/log.ts";
import { createShutdown } from "#shared/shutdown.ts";
import { newSandboxCredentials } from "#tools/start/kept.ts";
import { sandboxSide } from "#tools/start/sandbox-options.ts";
import { startGateway } from "#gateway/server.ts";
import { startSandbox, type SandboxOptions } from "#sandbox/main.ts";
import { startSubgraphs } from "#subgraphs/index.ts";
import { createInternalKeys } from "#shared/caller.ts";
import { createClients } from "./clients.ts";
import { beforeDrop, createTestDatabase } from "./database.ts";
import { startTestRedis } from "./redis.ts";
import { createWatch, GIVE_UP_MS } from "./watch.ts";
import { createWorkers } from "./workers.ts";

export type EverythingOptions = {
  /** Settings of BACKHAUL_INTERNALS that the story needs other than the quick ones below. */
  internals?: Record<string, unknown>;
  env?: Environment;
  sandbox?: Partial<
    Pick<SandboxOptions, "businessCentral" | "salesforce" | "warehouses" | "easypost" | "now" | "port">
  >;
  /** What the subgraphs judge by, where a story needs another policy than the shipped one. */
  policies?: Policies;
  /** Where the worker runs: in this process, in one of its own (so that it can be killed), or not yet. */
  worker?: "here" | "process" | "none";
  /** A database and a data folder that are there already, with what a sandbox has kept in it. */
  home?: { databaseUrl: string; dataDir: string };
  /** When to give up waiting for what should come; longer where many workers die first. */
  giveUpMs?: number;
};

export type Everything = Awaited<ReturnType<typeof startEverything>>;

/** Times of a test (W-30): pauses short enough that nobody waits for them, long enough that they are pauses; a busy machine is no ERP that is away. */
const quick = {
  requireDurable: false,
  warmDocuments: false,
  requestValidationMs: 30_000,
  connectionInitMs: 60_000,
  pollMs: 100,
  sweepMs: 200,
  feedPollMs: 50,
  retryFirstMs: 20,
  retryMaxMs: 200,
  heldMaxMs: 200,
  settleMs: 400,
  warehousePollMs: 300,
  parcelPollMs: 300,
  replacementPollMs: 300,
  parkedSweepMs: 200,
  checkpointMs: 200,
};

/** An ERP tells of changes when a test makes it (`controls.notify`), not half a minute later, in the midst of whatever is counted then. */
const NEVER_MS = 3_600_000;

/** The whole system on a database of its own: sandbox, worker, six subgraphs and gateway, and eyes on all of them. Stopped when the file is over. */
export async function startEverything(options: EverythingOptions = {}) {
  const log = createLog({ level: options.env?.["LOG_LEVEL"] ?? "error", name: "test" });
  const shutdown = createShutdown(log);
  try {
    return await start(options, { log, shutdown });
  } catch (error) {
    await shutdown.run("could not start");
    throw error;
  }
}

type Ground = { log: ReturnType<typeof createLog>; shutdown: ReturnType<typeof createShutdown> };

async function start(
  {
    internals,
    env = {},
    sandbox: sandboxOptions = {},
    worker = "here",
    giveUpMs = GIVE_UP_MS,
    policies,
    home,
  }: EverythingOptions,
  { log, shutdown }: Ground,
) {
  const dataDir = home?.dataDir ?? (await mkdtemp(path.join(tmpdir(), "backhaul-")));
  shutdown.add("data folder", () => rm(dataDir, { recursive: true, force: true }));
  const database = home ? { url: home.databaseUrl, drop: async () => undefined } : await createTestDatabase();
  beforeDrop(async () => void (await shutdown.run("the tests are over")));
  shutdown.add("database", () => database.drop());
  const secrets = newSandboxCredentials();
  const sandbox = await startSandbox({
    port: 0,
    dataDir: home ? dataDir : null,
    credentials: sandboxSide((name) => secrets[name as keyof typeof secrets]),
    ...sandboxOptions,
    businessCentral: { notifyAfterMs: NEVER_MS, ...sandboxOptions.businessCentral },
    warehouses: { retryDelays: [50, 100, 200, 400], paceMs: 0, ...sandboxOptions.warehouses },
    easypost: { retryDelays: [50, 100, 200, 400], ...sandboxOptions.easypost },
  });
  shutdown.add("sandbox", () => sandbox.stop());

  const redis = testBell() === "redis" && env["REDIS_URL"] === undefined ? await startTestRedis() : null;
  if (redis) shutdown.add("redis", () => redis.stop());
  const keys = await createInternalKeys();
  const settings: Environment = {
    PORT: "0",
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    SYSTEMS_FILE: await systemsFile(dataDir, sandbox.servers),
    CURSOR_SECRET: Buffer.alloc(32, 7).toString("base64"),
    INTERNAL_KEY: JSON.stringify(keys.privateKey),
    INTERNAL_PUBLIC_KEYS: JSON.stringify(keys.publicKeys),
    LOG_LEVEL: "error",
    // Contracts and their engines are made for the stories that have partners: `env: { PARTNERS_DIR: "partners" }`.
    PARTNERS_DIR: path.join(dataDir, "no-partners"),
    BACKHAUL_INTERNALS: JSON.stringify({ ...quick, ...internals }),
    ...secrets,
    ...(redis ? { REDIS_URL: redis.url } : {}),
    ...env,
  };
  const config: Config = readConfig(settings);
  const { db, stop: disconnect } = connectDatabase({ url: database.url, log, name: "test" });
  shutdown.add("connection", disconnect);

  const workers = createWorkers({ settings, config, log, sandbox });
  shutdown.add("workers", () => workers.stopAll(), { deadlineMs: 45_000 });
  const first = worker === "none" ? null : await workers.start(worker);

  const subgraphs = await startSubgraphs({ config, log, ...(policies ? { policies } : {}) });
  shutdown.add("subgraphs", () => subgraphs.stop());
  const gateway = await startGateway({
    config: { ...config, subgraphUrls: subgraphs.urls, intakeUrl: first?.intakeUrl ?? config.intakeUrl },
    log,
  });
  shutdown.add("gateway", () => gateway.stop());
  const watch = createWatch(db, giveUpMs);
  const clients = createClients(gateway);
  shutdown.add("clients", () => clients.stop());
  return {
    config,
    settings,
    db,
    databaseUrl: database.url,
    log,
    sandbox,
    workers,
    worker: first,
    subgraphs,
    gateway,
    ...watch,
    as: clients.as,
  };
}

/** The product's systems.yml with the sandbox's addresses of this test. */
async function systemsFile(folder: string, servers: Record<string, { url: string }>): Promise<string> {
  const text = readFileSync(path.resolve(import.meta.dirname, "../systems.yml"), "utf8");
  const file = path.join(folder, "systems.yml");
  await writeFile(
    file,
    text.replaceAll(/sandbox:([a-z0-9-]+)/g, (whole, name: string) => servers[name]?.url ?? whole),
  );
  return file;
}
