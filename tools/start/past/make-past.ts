import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import type { Config, Environment } from "#shared/config.ts";
import type { Log } from "#shared/log.ts";
import type { Shutdown } from "#shared/shutdown.ts";
import { startChild } from "#tools/start/child.ts";
import { dropPast, hasReturns, moveIn, pastOf } from "./schema.ts";

export type Parts = {
  config: Pick<Config, "dataDir" | "oidcIssuer" | "systemsFile">;
  /** With ports, credentials and the database's address, as the processes of the house get them. */
  env: Environment & { DATABASE_URL: string };
  log: Log;
  shutdown: Shutdown;
  progress: (text: string) => void;
  say: (line: string) => void;
  scale?: number | undefined;
  /** How much of it: 1 is all, 0 none; of each stage one return at least. */
  share?: number;
};

class StoppedMeanwhile extends Error {}

/**
 * The first start gives the house its last weeks (seed-stories): played through the house itself, by a process whose clock is in the past, in a schema and a
 * folder of their own; then moved in at once. An interrupted one begins again, a later start does nothing. Never on systems that are not the sandbox, nor where
 * there is anything already. That it can't be made stops nothing: it is logged and said; throws where the house is stopped meanwhile.
 */
export async function makePast(parts: Parts): Promise<void> {
  const { config, env, log, say, share = 1 } = parts;
  const { DATABASE_URL: databaseUrl } = env;
  const folder = path.join(config.dataDir, "past");
  const [made, kept] = [path.join(folder, "sandbox"), path.join(config.dataDir, "sandbox")];
  const isMovedIn = (await pastOf(databaseUrl)) !== null;
  // Between the two halves of moving in.
  if (isMovedIn && existsSync(made) && !existsSync(kept)) renameSync(made, kept);
  rmSync(folder, { recursive: true, force: true });
  if (share === 0 || isMovedIn || existsSync(kept) || !isSandboxOnly(config) || (await hasReturns(databaseUrl))) return;
  try {
    const what = await playPast(folder, parts);
    writeFileSync(path.join(made, "past.json"), JSON.stringify(what));
    await moveIn(databaseUrl, what);
    renameSync(made, kept);
    log.info({ what }, "the past is made");
  } catch (err) {
    if (err instanceof StoppedMeanwhile) throw err;
    log.error({ err }, "no past");
    say(`The returns of the last weeks could not be made: ${(err as Error).message}`);
    await dropPast(databaseUrl);
  }
  rmSync(folder, { recursive: true, force: true });
}

async function playPast(folder: string, { env, shutdown, progress, scale = 1, share = 1 }: Parts): Promise<object> {
  const script = path.join(import.meta.dirname, "main.ts");
  const child = startChild({
    name: "past",
    script,
    args: [folder, String(scale), String(share)],
    env,
    progress,
    ended: () => undefined,
  });
  let isStopping = false;
  shutdown.add("past", () => {
    isStopping = true;
    return child.stop();
  });
  const { made } = await child.ready.catch((err: unknown) => {
    throw isStopping
      ? new StoppedMeanwhile("Stopped while the last weeks were played; the next start begins them again.")
      : err;
  });
  await child.stop();
  return JSON.parse(String(made)) as object;
}

/** Whether every system is one of the sandbox's, and the people are the demo's: nothing is invented in anybody's ERP. */
function isSandboxOnly({ oidcIssuer, systemsFile }: Parts["config"]): boolean {
  const { systems = {} } = parse(readFileSync(systemsFile, "utf8")) as {
    systems?: Record<string, { address?: string }>;
  };
  return oidcIssuer === undefined && Object.values(systems).every(({ address }) => address?.startsWith("sandbox:"));
}
