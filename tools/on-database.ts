import { readConfig } from "#shared/config.ts";
import { connectDatabase, type Db } from "#shared/database.ts";
import { createLog } from "#shared/log.ts";
import { createShutdown } from "#shared/shutdown.ts";
import { prepareDatabase } from "./start/prepare-database.ts";

/** Runs a command on the configured database, the embedded one too, and prints what it says. */
export async function onDatabase(work: (db: Db) => Promise<string>): Promise<void> {
  const config = readConfig();
  const log = createLog({ level: "warn", name: "tool" });
  const shutdown = createShutdown(log);
  try {
    const { databaseUrl } = await prepareDatabase(config, { log, shutdown });
    const { db, stop } = connectDatabase({ url: databaseUrl, log, name: "tool", connections: 2 });
    shutdown.add("connection", stop);
    console.log(await work(db));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  } finally {
    await shutdown.run("done");
  }
}
