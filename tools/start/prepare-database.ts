import { randomBytes } from "node:crypto";
import type { Config } from "#shared/config.ts";
import { assertDurable, connectDatabase, type Db } from "#shared/database.ts";
import { startEmbeddedPostgres } from "#shared/embedded-postgres.ts";
import type { Log } from "#shared/log.ts";
import { migrate } from "#shared/migrate.ts";
import type { Shutdown } from "#shared/shutdown.ts";

/** Makes the database ready: embedded where no address is set, migrated, durable, of this installation. Gives its address and the secret that signs cursors. */
export async function prepareDatabase(
  config: Config,
  { log, shutdown }: { log: Log; shutdown: Shutdown },
): Promise<{ databaseUrl: string; cursorSecret: string }> {
  const databaseUrl = config.databaseUrl ?? (await startEmbedded(config.dataDir, shutdown));
  const applied = await migrate(databaseUrl);
  if (applied.length) log.info({ applied }, "migrated the database");
  const { db, stop } = connectDatabase({ url: databaseUrl, log, name: "start", connections: 1 });
  try {
    if (config.internals.requireDurable) await assertDurable(db);
    await fixInstallation(db, config.installation);
    return { databaseUrl, cursorSecret: config.cursorSecret ?? (await keptCursorSecret(db)) };
  } finally {
    await stop();
  }
}

async function startEmbedded(dataDir: string, shutdown: Shutdown): Promise<string> {
  const postgres = await startEmbeddedPostgres({ dataDir, shared: true });
  shutdown.add("PostgreSQL", postgres.stop, { deadlineMs: 25_000 });
  return postgres.url;
}

/** Transaction keys begin with the installation, so it never changes for a database (W-06). */
async function fixInstallation(db: Db, installation: string): Promise<void> {
  const fixed = await keptSetting(db, "installation", installation);
  if (fixed === installation) return;
  throw new Error(
    `INSTALLATION ${installation}: this database belongs to ${fixed}, and its transaction keys begin with that; set INSTALLATION=${fixed}.`,
  );
}

const keptCursorSecret = (db: Db) => keptSetting(db, "cursor_secret", randomBytes(32).toString("base64"));

/** The first one to say it decides. */
async function keptSetting(db: Db, key: string, value: string): Promise<string> {
  const row = { key, value: JSON.stringify(value) };
  await db
    .insertInto("settings")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const kept = await db.selectFrom("settings").select("value").where("key", "=", key).executeTakeFirstOrThrow();
  return String(kept.value);
}
