import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Config } from "#shared/config.ts";
import { connectDatabase, type Db } from "#shared/database.ts";
import type { Log } from "#shared/log.ts";
import { floorOf } from "#tools/client/floor.ts";
import { connectAs, Refused } from "#tools/client/gateway.ts";
import { drive, type Cast } from "./drive.ts";
import { type FirstReturn, firstReturns } from "./list.ts";

const KEY = "first_returns";
const GIVE_UP_MS = 60_000;

export type Parts = {
  /** Ports and database as they are, not as they were asked for. */
  config: Config;
  log: Log;
  progress: (text: string) => void;
  say: (line: string) => void;
};

/**
 * The first start's returns, really driven through the gateway and the sandbox's warehouses. What is done is remembered in `settings`: a start that was
 * interrupted goes on, a later one does nothing. Never on systems that are not the sandbox, nor without the development issuer. A return that can't be
 * made stops nothing: it is logged.
 */
export async function makeFirstReturns(parts: Parts, list: readonly FirstReturn[] = firstReturns): Promise<void> {
  const { config, log } = parts;
  if (config.oidcIssuer !== undefined || !isSandbox(config.systemsFile)) return;
  const { db, stop } = connectDatabase({ url: String(config.databaseUrl), log, name: "first returns", connections: 1 });
  try {
    const made = await madeBefore(db);
    const due = list.filter(({ order }) => !made.has(order));
    if (due.length > 0) await makeAll(due, made, { ...parts, db, all: list.length });
  } catch (err) {
    log.error({ err }, "no first returns");
    parts.say(`The first returns could not be made: ${(err as Error).message}`);
  } finally {
    await stop();
  }
}

/** Whether every system is one of the sandbox's: nothing is invented in anybody's ERP. */
function isSandbox(systemsFile: string): boolean {
  const { systems = {} } = parse(readFileSync(systemsFile, "utf8")) as {
    systems?: Record<string, { address?: string }>;
  };
  return Object.values(systems).every(({ address }) => address?.startsWith("sandbox:"));
}

async function makeAll(
  due: readonly FirstReturn[],
  made: Set<string>,
  { config, log, progress, say, db, all }: Parts & { db: Db; all: number },
): Promise<void> {
  const { people, close } = await gather(config);
  const show = () => progress(`Making the first returns: ${made.size} of ${all} …`);
  const one = async (first: FirstReturn) => {
    const { order } = first;
    await drive(first, people).catch((err: unknown) => {
      // It will be refused the next time too.
      if (!(err instanceof Refused)) throw err;
      log.warn({ err, order }, "a first return is refused");
    });
    made.add(order);
    await remember(db, made);
    show();
  };
  people.giveUp.addEventListener("abort", () => void close());
  show();
  const ends = await Promise.allSettled(due.map(one));
  await close();
  const failed = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  for (const err of failed) log.error({ err }, "a first return is not done");
  if (failed.length > 0)
    say(`${failed.length} of the first returns are not done (see the log); the next start goes on.`);
}

async function gather(config: Config): Promise<{ people: Cast; close: () => Promise<void> }> {
  const [ada, sam, fin] = await Promise.all([
    connectAs("ada", config),
    connectAs("sam", config),
    connectAs("fin", config),
  ]);
  const close = async () => void (await Promise.all([ada.close(), sam.close(), fin.close()]));
  const giveUp = AbortSignal.timeout(GIVE_UP_MS);
  return { people: { ada, sam, fin, giveUp, floorOf: (site) => floorOf(site, config.sandboxPort) }, close };
}

async function madeBefore(db: Db): Promise<Set<string>> {
  const row = await db.selectFrom("settings").select("value").where("key", "=", KEY).executeTakeFirst();
  return new Set((row?.value as string[] | undefined) ?? []);
}

async function remember(db: Db, made: Set<string>): Promise<void> {
  const value = JSON.stringify([...made]);
  await db
    .insertInto("settings")
    .values({ key: KEY, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}
