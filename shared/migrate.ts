import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";

const folder = path.resolve(import.meta.dirname, "../migrations");
/** Two processes that start together take turns. */
const lock = 0x6261636b;

interface Migration {
  name: string;
  text: string;
  checksum: string;
}

/** Applies what is new of migrations/*.sql in the order of the names, each in a transaction; gives the names applied. A changed file that was applied is refused. */
export async function migrate(url: string, from: string = folder): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: "backhaul migrate" });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [lock]);
    await client.query(
      "create table if not exists migrations (name text primary key, checksum text not null, applied_at timestamptz not null default clock_timestamp())",
    );
    return await applyNew(client, readMigrations(from));
  } finally {
    await client.end();
  }
}

/** The migrations of a folder in order, for those who key something by them. */
export function readMigrations(from: string = folder): Migration[] {
  const names = readdirSync(from).filter((name) => name.endsWith(".sql"));
  return names.sort().map((name) => {
    const text = readFileSync(path.join(from, name), "utf8");
    return { name, text, checksum: createHash("sha256").update(text).digest("hex") };
  });
}

async function applyNew(client: pg.Client, migrations: Migration[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>("select name, checksum from migrations");
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  const changed = migrations.filter(({ name, checksum }) => applied.has(name) && applied.get(name) !== checksum);
  if (changed.length) {
    const names = changed.map(({ name }) => name).join(", ");
    throw new Error(
      `migrations/${names}: changed after it was applied to this database; write a new migration instead.`,
    );
  }
  const fresh = migrations.filter(({ name }) => !applied.has(name));
  for (const migration of fresh) await apply(client, migration);
  return fresh.map(({ name }) => name);
}

async function apply(client: pg.Client, { name, text, checksum }: Migration): Promise<void> {
  await client.query("begin");
  try {
    await client.query(text);
    await client.query("insert into migrations (name, checksum) values ($1, $2)", [name, checksum]);
    await client.query("commit");
  } catch (cause) {
    await client.query("rollback");
    throw new Error(`migrations/${name}: ${(cause as Error).message}`, { cause });
  }
}
