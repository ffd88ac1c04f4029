import pg from "pg";
import { migrate } from "#shared/migrate.ts";

/** What the past is made in: tables of its own beside the house's, and a clock. */
export const SCHEMA = "backhaul_past";

const KEY = "past";
/** Every table by what has to be there before it. The feed is numbered when the house starts; the rest of `settings` and the epoch are the database's own. */
const moved = [
  "returns",
  "return_lines",
  "return_parts",
  "return_cases",
  "receipts",
  "serials",
  "allocations",
  "allocation_locks",
  "credits",
  "labels",
  "return_addresses",
  "approvals",
  "facts",
  "exceptions",
  "exception_trail",
  "operations",
  "operation_steps",
  "effects",
  "idempotency_keys",
  "documents",
  "inbox",
  "inbox_refusals",
  "feed_positions",
  "snapshots",
  "feed_pending",
] as const;

/** The address of the same database with the past's tables and clock before anything else. */
export function pastUrl(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set("options", `-c search_path=${SCHEMA},pg_catalog -c synchronous_commit=off`);
  return url.href;
}

/** Makes the schema anew; what an interrupted start left is thrown away. Its clock_timestamp() is found before PostgreSQL's own. */
export async function createPast(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await client.query(`drop schema if exists ${SCHEMA} cascade`);
    await client.query(`create schema ${SCHEMA}`);
    await client.query(`create table ${SCHEMA}.clock (ahead interval not null)`);
    await client.query(`insert into ${SCHEMA}.clock values ('0')`);
    await client.query(
      `create function ${SCHEMA}.clock_timestamp() returns timestamptz language sql volatile as
       'select pg_catalog.clock_timestamp() + ahead from ${SCHEMA}.clock'`,
    );
  });
  await migrate(pastUrl(databaseUrl));
}

export async function withClient<Value>(url: string, work: (client: pg.Client) => Promise<Value>): Promise<Value> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Sets the past's own clock so far ahead of the database's; behind it, below zero. */
export async function openClock(
  databaseUrl: string,
): Promise<{ tell(offsetMs: number): Promise<void>; close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return {
    tell: async (offsetMs) =>
      void (await client.query(`update ${SCHEMA}.clock set ahead = make_interval(secs => $1)`, [offsetMs / 1_000])),
    close: () => client.end(),
  };
}

/** Moves everything into the house's own tables, which have to be empty, and says so in `settings`: all of it, or nothing. */
export async function moveIn(databaseUrl: string, made: object): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await client.query("begin");
    for (const table of moved) {
      const { rows } = await client.query<{ names: string }>(
        "select string_agg(quote_ident(column_name), ', ') as names from information_schema.columns where table_schema = $1 and table_name = $2",
        [SCHEMA, table],
      );
      const names = rows[0]!.names;
      await client.query(`insert into ${table} (${names}) select ${names} from ${SCHEMA}.${table}`);
    }
    await client.query("insert into settings (key, value) values ($1, $2)", [KEY, JSON.stringify(made)]);
    await client.query(`drop schema ${SCHEMA} cascade`);
    await client.query("commit");
    await client.query("analyze");
  });
}

/** What was made, once it is all there; null before. */
export const pastOf = (databaseUrl: string): Promise<object | null> =>
  withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ value: object }>("select value from settings where key = $1", [KEY]);
    return rows[0]?.value ?? null;
  });

export const hasReturns = (databaseUrl: string): Promise<boolean> =>
  withClient(databaseUrl, async (client) => ((await client.query("select from returns limit 1")).rowCount ?? 0) > 0);

export const dropPast = (databaseUrl: string): Promise<unknown> =>
  withClient(databaseUrl, (client) => client.query(`drop schema if exists ${SCHEMA} cascade`));
