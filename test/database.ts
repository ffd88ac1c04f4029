import { createHash, randomBytes } from "node:crypto";
import path from "node:path";
import { after } from "node:test";
import pg from "pg";
import { testDatabaseUrl } from "#shared/config.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "#shared/embedded-postgres.ts";
import { migrate, readMigrations } from "#shared/migrate.ts";

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

const dataDir = path.resolve(import.meta.dirname, "../.data/test-postgres");
const made = new Set<TestDatabase>();
let embedded: Promise<EmbeddedPostgres> | undefined;
let template: Promise<string> | undefined;

/** A migrated database of the test's own, on the run's PostgreSQL or on one that is started for this file. Dropped after the file at the latest. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const admin = await adminUrl();
  const from = await (template ??= migratedTemplate(admin));
  const name = `test_${randomBytes(6).toString("hex")}`;
  await execute(admin, `create database ${name} template ${from} strategy file_copy`);
  const database: TestDatabase = {
    url: urlOf(admin, name),
    drop: async () => {
      if (made.delete(database)) await execute(admin, `drop database if exists ${name} with (force)`);
    },
  };
  made.add(database);
  return database;
}

const releases: (() => Promise<void>)[] = [];

/** Runs when the file is over, before its databases are dropped; what came last is released first. */
export const beforeDrop = (release: () => Promise<void>): void => void releases.push(release);

/** Stops what was started and drops the databases; a benchmark calls it, after a test file it is called. */
export async function releaseAll(): Promise<void> {
  for (const release of releases.splice(0).toReversed()) await release();
  for (const database of made) await database.drop();
  await (await embedded)?.stop();
}
after(releaseAll);

const adminUrl = async () =>
  testDatabaseUrl() ?? (await (embedded ??= startEmbeddedPostgres({ dataDir, shared: true, forTests: true }))).url;

function urlOf(admin: string, name: string): string {
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return url.href;
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

/** Migrated once for each content of migrations/, under a lock, then copied for each test. */
async function migratedTemplate(admin: string): Promise<string> {
  const checksums = readMigrations().map(({ name, checksum }) => name + checksum);
  const name = `template_${createHash("sha256").update(checksums.join()).digest("hex").slice(0, 12)}`;
  const client = new pg.Client({ connectionString: admin });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock(1)");
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (rowCount) return name;
    await client.query(`drop database if exists ${name}_new with (force)`);
    await client.query(`create database ${name}_new`);
    await migrate(urlOf(admin, `${name}_new`));
    await client.query(`alter database ${name}_new rename to ${name}`);
    return name;
  } finally {
    await client.end();
  }
}
