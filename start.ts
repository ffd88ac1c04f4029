import path from "node:path";
import { readConfig, type Config } from "#shared/config.ts";
import { createLog } from "#shared/log.ts";
import { requireNode24 } from "#shared/node-version.ts";
import { createShutdown, stopOnSignals } from "#shared/shutdown.ts";
import { readArguments, type Wanted } from "#tools/start/arguments.ts";
import type { ChildMessage } from "#tools/start/child.ts";
import { makePast } from "#tools/start/past/make-past.ts";
import { type ChildEnvironment, runAll } from "#tools/start/run-all.ts";
import { runRoles, type Addresses } from "#tools/start/run-roles.ts";
import { createProgress, roleWelcome, welcome } from "#tools/start/screen.ts";
import { stations } from "#tools/start/stations.ts";

// `npm start`: the roles named on the command line in this process, or, with none, all of them in three processes that this one looks after.

requireNode24();
try {
  await start(readArguments(process.argv.slice(2)), readConfig());
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

async function start(wanted: Wanted, config: Config): Promise<void> {
  const isChild = process.send !== undefined;
  const all = wanted.roles.length === 0;
  const name = all ? "start" : wanted.roles.join("-");
  const file = all || isChild ? path.join(config.dataDir, "log", `${name}.log`) : undefined;
  const log = createLog({ level: config.logLevel, name, file });
  const shutdown = createShutdown(log);
  stopOnSignals(shutdown);
  process.on("uncaughtException", (err) => {
    log.fatal({ err }, "uncaught");
    process.exit(1);
  });
  const screen = createProgress(process.stderr);
  const progress = isChild ? (text: string) => tell({ progress: text }) : screen.show;
  const say = (line: string) => {
    screen.clear();
    console.log(line);
  };
  const { scale } = wanted;
  const beforehand = (env: ChildEnvironment) => makePast({ config, env, log, shutdown, progress, say, scale });
  const parts = { config, wanted, log, shutdown, progress, say, beforehand, scale, script: import.meta.filename };
  try {
    const addresses: Addresses = all ? await runAll(parts) : await runRoles(parts, stations);
    if (isChild) tell({ ready: addresses });
    else if (all) say(welcome(addresses, config.dataDir));
    else if (process.stdout.isTTY) say(roleWelcome(wanted.roles, addresses));
    else log.info({ roles: wanted.roles }, "up");
  } catch (error) {
    screen.clear();
    log.fatal({ err: error }, "could not start");
    if (isChild) tell({ failed: (error as Error).message });
    await shutdown.run("could not start");
    if (isChild) process.exit(1);
    throw error;
  }
}

function tell(message: ChildMessage): void {
  process.send?.(message);
}
