import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { findBinaries, servant } from "./embedded-binaries.ts";
import { isAlive } from "./file-lock.ts";
import { freePort } from "./free-port.ts";

/** A server that is up, whoever started it. */
export interface Running {
  pid: number;
  port: number;
  child?: ChildProcess;
}

const superuser = "backhaul";
const speed = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  deadlock_timeout: "200ms",
};
const settings = {
  max_connections: "200",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  unix_socket_directories: "",
  listen_addresses: "127.0.0.1",
};

export const addressOf = (port: number, password: string, database: string) =>
  `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`;

/** So long we try to start it: a server that was killed a moment ago, and each of its processes, has to be gone first. */
const START_MS = 10_000;

/** Starts the server on the data of a place, making it the first time. */
export async function startServer(place: string, password: string, options: { forTests?: boolean }): Promise<Running> {
  const { initdb, postgres, version } = findBinaries();
  const data = path.join(place, "data");
  if (!existsSync(data)) await initialize(initdb, place, password, options);
  checkData(data, version);
  const chosen = { ...settings, ...(options.forTests ? speed : {}) };
  for (const giveUp = performance.now() + START_MS; ;) {
    const port = await freePort();
    const flags = Object.entries({ ...chosen, port }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const child = launch(postgres, ["-D", data, ...flags], place);
    if (await answers(port, password, () => child.exitCode === null && child.signalCode === null))
      return { pid: child.pid ?? 0, port, child };
    if (performance.now() > giveUp) throw new Error(`PostgreSQL did not start: ${lastWords(place)}`);
    await pause(100);
  }
}

/** A folder that is made under another name and then renamed is never half a database, even after a kill. */
async function initialize(
  initdb: string,
  place: string,
  password: string,
  { forTests }: { forTests?: boolean },
): Promise<void> {
  const fresh = path.join(place, "data.new");
  const passwordFile = path.join(place, "password.initdb");
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (servant) for (const file of [fresh, passwordFile]) chownSync(file, servant.uid, servant.gid);
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const access = [`--username=${superuser}`, "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  const child = launch(initdb, ["-D", fresh, ...locale, ...access, ...(forTests ? ["--no-sync"] : [])], place);
  const code = await exitOf(child);
  rmSync(passwordFile);
  if (code !== 0) throw new Error(`PostgreSQL could not make its data folder: ${lastWords(place)}`);
  renameSync(fresh, path.join(place, "data"));
}

function checkData(data: string, version: string): void {
  const us = servant?.uid ?? process.getuid?.();
  if (us !== undefined && statSync(data).uid !== us)
    throw new Error(`${data} belongs to another user; start as that user, or set DATA_DIR.`);
  const found = readFileSync(path.join(data, "PG_VERSION"), "utf8").trim();
  const major = version.split(".")[0];
  if (found === major) return;
  throw new Error(
    `${data} was written by PostgreSQL ${found} and this is ${major}; set DATA_DIR, or bring the data over with pg_upgrade.`,
  );
}

/** In a process group of its own, so that Ctrl-C in a terminal doesn't reach it before those who use it. */
function launch(program: string, args: string[], place: string): ChildProcess {
  const log = openSync(path.join(place, "server.log"), "a", 0o600);
  const env = { LC_ALL: "C", TZ: "UTC" };
  const child = spawn(program, args, { cwd: place, env, stdio: ["ignore", log, log], detached: true, ...servant });
  closeSync(log);
  child.on("error", (error) => writeFileSync(path.join(place, "server.log"), `${error.message}\n`, { flag: "a" }));
  child.unref();
  return child;
}

const exitOf = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => {
    child.ref();
    child.once("error", () => resolve(-1));
    child.once("exit", resolve);
  });

const lastWords = (place: string) =>
  readFileSync(path.join(place, "server.log"), "utf8").trimEnd().split("\n").slice(-3).join(" | ");

/** Waits until the server takes our password, or is not worth waiting for any more. */
async function answers(port: number, password: string, worthWaiting: () => boolean): Promise<boolean> {
  const giveUp = performance.now() + 60_000;
  while (worthWaiting() && performance.now() < giveUp) {
    const client = new pg.Client({
      connectionString: addressOf(port, password, "postgres"),
      connectionTimeoutMillis: 2_000,
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.end();
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === "28P01") return false;
      await pause(25);
    }
  }
  return false;
}

/** A server that a killed process of ours left behind, by postmaster.pid: pid on line 1, port on line 4. */
export async function findRunning(place: string, password: string): Promise<Running | undefined> {
  const file = path.join(place, "data/postmaster.pid");
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, "utf8").split("\n");
  const running = { pid: Number(lines[0]), port: Number(lines[3]) };
  const stillThere = () => existsSync(file) && isAlive(running.pid);
  if (!running.pid || !running.port || !stillThere() || !commandOf(running.pid).includes(place)) return undefined;
  return (await answers(running.port, password, stillThere)) ? running : undefined;
}

/** Another program may have got the process id of a server that died. */
function commandOf(pid: number): string {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file)
    ? readFileSync(file, "utf8")
    : String(spawnSync("ps", ["-o", "command=", "-p", String(pid)]).stdout);
}

/** Fast shutdown: open transactions are rolled back, everything is written, the data stays. */
export async function stopServer({ pid, child }: Running): Promise<void> {
  const gone = child ? () => child.exitCode !== null || child.signalCode !== null : () => !isAlive(pid);
  if (gone()) return;
  process.kill(pid, "SIGINT");
  const giveUp = performance.now() + 60_000;
  while (!gone()) {
    if (performance.now() > giveUp) throw new Error(`PostgreSQL (process ${pid}) did not stop.`);
    await pause(10);
  }
}
