import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { dataPlace } from "./embedded-binaries.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";

let dataDir: string;
before(() => void (dataDir = mkdtempSync(path.join(tmpdir(), "postgres-"))));
after(() => rmSync(dataDir, { recursive: true, force: true }));

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query({ text, rowMode: "array" }).finally(() => client.end());
  return rows.flat();
}

/** Another process that starts the same PostgreSQL and says its process id. */
async function startElsewhere(options: object): Promise<{ kill(): Promise<void>; pid: number }> {
  const module = new URL("./embedded-postgres.ts", import.meta.url).href;
  const script = `const { startEmbeddedPostgres } = await import(${JSON.stringify(module)});
    const { pid } = await startEmbeddedPostgres(${JSON.stringify(options)});
    console.log(pid); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const kill = async () => {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  return { kill, pid: Number(line) };
}

test("what was committed is there after stop and start, and the server is durable (W-29)", async () => {
  const first = await startEmbeddedPostgres({ dataDir });
  await query(first.url, "create table kept as select 7 as seven");
  await first.stop();
  const second = await startEmbeddedPostgres({ dataDir });
  assert.deepEqual(await query(second.url, "select seven from kept"), [7]);
  assert.deepEqual(
    await query(
      second.url,
      "select setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit')",
    ),
    ["on", "on", "on"],
  );
  await second.stop();
});

test("a server that a killed process left running is taken over; while its process lives it is not", async () => {
  const other = await startElsewhere({ dataDir });
  await assert.rejects(startEmbeddedPostgres({ dataDir }), {
    message: `${dataDir} is in use by another Backhaul; stop that one, or set DATA_DIR.`,
  });
  await other.kill();
  const ours = await startEmbeddedPostgres({ dataDir });
  assert.equal(ours.pid, other.pid);
  assert.deepEqual(await query(ours.url, "select seven from kept"), [7]);
  await ours.stop();
  assert.throws(() => process.kill(other.pid, 0), { code: "ESRCH" });
});

test("a server that was killed itself recovers what it had acknowledged", async () => {
  const first = await startEmbeddedPostgres({ dataDir });
  await query(first.url, "update kept set seven = 8");
  process.kill(first.pid, "SIGKILL");
  const second = await startEmbeddedPostgres({ dataDir });
  assert.deepEqual(await query(second.url, "select seven from kept"), [8]);
  await second.stop();
});

test("of several that share one server the last one stops it", async () => {
  const [first, second] = await Promise.all([1, 2].map(() => startEmbeddedPostgres({ dataDir, shared: true })));
  assert.ok(first && second && first.pid === second.pid);
  await first.stop();
  assert.deepEqual(await query(second.url, "select seven from kept"), [8]);
  await second.stop();
  await assert.rejects(query(second.url, "select 1"), { code: "ECONNREFUSED" });
});

test("data of another PostgreSQL version is refused in one sentence", async () => {
  const file = path.join(dataPlace(dataDir), "data/PG_VERSION");
  const version = readFileSync(file);
  writeFileSync(file, "14\n");
  await assert.rejects(startEmbeddedPostgres({ dataDir }), /was written by PostgreSQL 14 and this is 18; set DATA_DIR/);
  writeFileSync(file, version);
});
