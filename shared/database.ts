import { Kysely, PostgresDialect, sql, type IsolationLevel, type Transaction as KyselyTransaction } from "kysely";
import pg from "pg";
import type { Log } from "./log.ts";
import type { Database } from "./tables.ts";

export type Db = Kysely<Database>;
export type Transaction = KyselyTransaction<Database>;

export interface DatabaseOptions {
  url: string;
  log: Log;
  /** Shown in pg_stat_activity. */
  name: string;
  /** Connections at most; every LISTEN pins one for life. */
  connections?: number;
  /** Longest statement, longest transaction, longest pause within one (W-17). */
  statementMs?: number;
  transactionMs?: number;
  idleInTransactionMs?: number;
}

export interface DatabaseConnection {
  db: Db;
  pool: pg.Pool;
  stop(): Promise<void>;
}

/** Opens a pool. Big integers come as numbers, numerics and dates as text, timestamps as Date. */
export function connectDatabase(options: DatabaseOptions): DatabaseConnection {
  const {
    url,
    log,
    name,
    connections = 10,
    statementMs = 30_000,
    idleInTransactionMs = 15_000,
    transactionMs = 60_000,
  } = options;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: `backhaul ${name}`,
    max: connections,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser },
    onConnect: (client: pg.ClientBase) => {
      hearErrors(client, log);
      return limitTransactions(client, transactionMs);
    },
  });
  pool.setMaxListeners(0);
  pool.on("error", () => undefined); // said by the connection itself
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  return { db, pool, stop: () => db.destroy() };
}

/** The pool hears idle connections only. One that breaks amid a transaction fails its next statement, and must not end the process: an error without a listener does. */
export const hearErrors = (client: pg.ClientBase, log: Log): void =>
  void client.on("error", (err) => log.warn({ err }, "a database connection broke"));

/** PostgreSQL before 17 has no transaction_timeout; there the other two limits have to do. */
const limitTransactions = (client: pg.ClientBase, ms: number) =>
  client.query(
    "select set_config('transaction_timeout', $1, false) where current_setting('transaction_timeout', true) is not null",
    [String(ms)],
  );

const asText = (value: string) => value;
const getTypeParser: typeof pg.types.getTypeParser = ((oid: number, format?: "text" | "binary") => {
  if (format !== "binary" && oid === pg.types.builtins.INT8) return Number;
  if (format !== "binary" && oid === pg.types.builtins.DATE) return asText;
  return pg.types.getTypeParser(oid, format as "text");
}) as typeof pg.types.getTypeParser;

const again = new Set(["40P01", "40001"]);

/**
 * Runs the whole of `work` in one transaction, and again from its start after a deadlock or a serialization failure (W-17).
 * `work` must have no effect outside the database. Within a transaction it joins that one.
 */
export async function inTransaction<Result>(
  db: Db | Transaction,
  work: (tx: Transaction) => Promise<Result>,
  { attempts = 5, isolation }: { attempts?: number; isolation?: IsolationLevel } = {},
): Promise<Result> {
  if (db.isTransaction) return work(db as Transaction);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const transaction = db.transaction();
      return await (isolation ? transaction.setIsolationLevel(isolation) : transaction).execute(work);
    } catch (error) {
      if (attempt >= attempts || !again.has(String((error as { code?: unknown }).code))) throw error;
      await pause(Math.random() * 10 * 2 ** attempt);
    }
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

/** Refuses a database that may lose what it has acknowledged (W-29). */
export async function assertDurable(db: Db): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select name from pg_settings
    where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off' order by name`.execute(db);
  if (rows.length === 0) return;
  const names = rows.map(({ name }) => name).join(", ");
  throw new Error(
    `The database has ${names} off and could lose what it acknowledged; switch ${rows.length > 1 ? "them" : "it"} on (W-29).`,
  );
}
