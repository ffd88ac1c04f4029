import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { dataPlace } from "./embedded-binaries.ts";
import { addressOf, findRunning, startServer, stopServer, type Running } from "./embedded-server.ts";
import { withFileLock } from "./file-lock.ts";

export interface EmbeddedOptions {
  dataDir: string;
  /** Several processes may use it at once; the last one stops it. Otherwise a second one is refused. */
  shared?: boolean;
  /** Speed for durability: a crash of the machine may lose data. Only for tests (W-29). */
  forTests?: boolean;
  /** The database that is made and named in the address. */
  database?: string;
}

export interface EmbeddedPostgres {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Key of the advisory lock that tells who uses the server. */
const usage = 0x62686c;
/** So long the server may take to notice that one who used it was killed a moment ago. */
const NOTICED_MS = 2_000;

/**
 * Starts the PostgreSQL that npm brought, or takes over one that a killed process of ours left running on the same data.
 * Data stays on stop; everything listens on loopback with a password of its own. Throws one clear sentence when it can't.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const place = dataPlace(options.dataDir);
  const lock = path.join(place, "lock");
  return withFileLock(lock, async () => {
    const password = passwordOf(place);
    const running = (await findRunning(place, password)) ?? (await startServer(place, password, options));
    const guard = await use(running, password, options);
    const { database = "backhaul" } = options;
    await createDatabase(guard, database);
    if (options.shared) (guard as Refable).unref();
    const stop = () => withFileLock(lock, () => release(guard, running, options));
    return { url: addressOf(running.port, password, database), pid: running.pid, stop };
  });
}

function passwordOf(place: string): string {
  const file = path.join(place, "password");
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString("base64url"), { mode: 0o600 });
  return readFileSync(file, "utf8");
}

/** @types/pg does not know that a client may let the process end. */
type Refable = pg.Client & { ref(): void; unref(): void };

/** The lock lives as long as this connection: when we are killed it is free again. */
async function use({ port }: Running, password: string, { dataDir, shared }: EmbeddedOptions): Promise<pg.Client> {
  const guard = new pg.Client({
    connectionString: addressOf(port, password, "postgres"),
    application_name: "backhaul guard",
  });
  guard.on("error", () => undefined); // The server went away first; whoever queries it hears of it.
  await guard.connect();
  for (const giveUp = performance.now() + NOTICED_MS; performance.now() < giveUp; await pause(50)) {
    const { rows } = await guard.query<{ got: boolean }>(
      `select pg_try_advisory_lock${shared ? "_shared" : ""}($1) as got`,
      [usage],
    );
    if (rows[0]?.got) return guard;
  }
  await guard.end();
  throw new Error(`${dataDir} is in use by another Backhaul; stop that one, or set DATA_DIR.`);
}

async function createDatabase(guard: pg.Client, name: string): Promise<void> {
  const { rowCount } = await guard.query("select 1 from pg_database where datname = $1", [name]);
  if (!rowCount) await guard.query(`create database ${pg.escapeIdentifier(name)}`);
}

async function release(guard: pg.Client, running: Running, { shared }: EmbeddedOptions): Promise<void> {
  if (shared) {
    (guard as Refable).ref();
    await guard.query("select pg_advisory_unlock_shared($1)", [usage]);
    const { rows } = await guard.query<{ last: boolean }>("select pg_try_advisory_lock($1) as last", [usage]);
    if (!rows[0]?.last) return guard.end();
  }
  await guard.end();
  await stopServer(running);
}
