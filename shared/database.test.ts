import { sql } from "kysely";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { createTestDatabase, type TestDatabase } from "../test/database.ts";
import { assertDurable, connectDatabase, inTransaction, type DatabaseConnection } from "./database.ts";
import { createSilentLog } from "./log.ts";
import { migrate } from "./migrate.ts";

let own: TestDatabase;
let connection: DatabaseConnection;
before(async () => {
  own = await createTestDatabase();
  connection = connectDatabase({ url: own.url, log: createSilentLog(), name: "test", idleInTransactionMs: 5_000 });
  await sql`create table pairs (name text primary key, count int not null)`.execute(connection.db);
  await sql`insert into pairs values ('a', 0), ('b', 0)`.execute(connection.db);
});
after(() => connection.stop());

const add = (name: string) => sql`update pairs set count = count + 1 where name = ${name}`;

test("a deadlock runs the loser again as a whole (W-17)", async () => {
  const { db } = connection;
  let arrived = 0;
  const bothHoldOne = Promise.withResolvers<void>();
  const cross = (first: string, second: string) =>
    inTransaction(db, async (tx) => {
      await add(first).execute(tx);
      if (++arrived >= 2) bothHoldOne.resolve();
      await bothHoldOne.promise;
      await add(second).execute(tx);
    });
  await Promise.all([cross("a", "b"), cross("b", "a")]);
  const { rows } = await sql<{ count: number }>`select count from pairs`.execute(db);
  assert.deepEqual(rows, [{ count: 2 }, { count: 2 }]);
  assert.equal(arrived, 3);
});

test("any other error rolls back and is thrown once", async () => {
  let runs = 0;
  const failing = inTransaction(connection.db, async (tx) => {
    runs += 1;
    await add("a").execute(tx);
    await sql`insert into pairs values ('a', 0)`.execute(tx);
  });
  await assert.rejects(failing, { code: "23505" });
  assert.equal(runs, 1);
  const { rows } = await sql`select count from pairs where name = 'a'`.execute(connection.db);
  assert.deepEqual(rows, [{ count: 2 }]);
});

test("a connection that breaks amid a transaction fails that transaction and not the process (W-17)", async () => {
  const { db } = connection;
  const cut = inTransaction(db, async (tx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
    await sql`select pg_terminate_backend(${rows[0]!.pid}, 60000)`.execute(db);
    await sql`select 1`.execute(tx);
  });
  await assert.rejects(cut);
  assert.equal((await sql`select 1`.execute(db)).rows.length, 1);
});

test("limits for statements, transactions and pauses within them are set (W-17); 64-bit numbers are numbers", async () => {
  const { rows } = await sql`select current_setting('statement_timeout') statement,
    current_setting('idle_in_transaction_session_timeout') idle, current_setting('transaction_timeout', true) transaction,
    9007199254740991::bigint big, date '2026-11-21' as day, 1.10::numeric exact`.execute(connection.db);
  assert.deepEqual(rows, [
    { statement: "30s", idle: "5s", transaction: "1min", big: 9007199254740991, day: "2026-11-21", exact: "1.10" },
  ]);
});

test("a database that may lose what it acknowledged is refused (W-29)", async () => {
  await assert.rejects(assertDurable(connection.db), /has fsync, full_page_writes, synchronous_commit off/);
});

test("a migration is applied once, in order; one that failed leaves nothing, one that changed is refused (W-15)", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "migrations-"));
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  write("9002-two.sql", "insert into one values (2); create table two ();");
  write("9001-one.sql", "create table one (id int);");
  const both = await Promise.all([migrate(own.url, folder), migrate(own.url, folder)]);
  assert.deepEqual(both.flat(), ["9001-one.sql", "9002-two.sql"]);
  write("9003-bad.sql", "create table three (); select nonsense;");
  await assert.rejects(migrate(own.url, folder), /^Error: migrations\/9003-bad.sql: column "nonsense" does not exist/);
  write("9003-bad.sql", "create table three ();");
  assert.deepEqual(await migrate(own.url, folder), ["9003-bad.sql"]);
  write("9001-one.sql", "create table one (id bigint);");
  await assert.rejects(migrate(own.url, folder), /9001-one.sql: changed after it was applied/);
  rmSync(folder, { recursive: true });
});
