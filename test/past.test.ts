import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { before, test } from "node:test";
import { type Config, processEnvironment, readConfig } from "#shared/config.ts";
import { createSilentLog } from "#shared/log.ts";
import { createShutdown } from "#shared/shutdown.ts";
import { sandboxServers } from "#shared/sandbox-address.ts";
import { tellSeed } from "#tools/client/seeded.ts";
import { newSandboxCredentials } from "#tools/start/kept.ts";
import { makePast } from "#tools/start/past/make-past.ts";
import { hasReturns, pastOf, withClient } from "#tools/start/past/schema.ts";
import { freeRun } from "#shared/free-port.ts";
import { createTestDatabase } from "./database.ts";
import { judge } from "./judge.ts";
import { type Everything, startEverything } from "./start-everything.ts";

// The first start's last weeks (seed-stories), a small share of them: what made them is the house itself, so the judge of the stories judges them too.

let [dataDir, databaseUrl]: [string, string] = ["", ""];
let base: Config;
const shown: string[] = [];
const said: string[] = [];

const make = async (parts: Partial<Parameters<typeof makePast>[0]> = {}) => {
  const log = createSilentLog();
  const ports = { PORT: "0", SANDBOX_PORT: String(await freeRun(sandboxServers.length)) };
  const env = {
    ...processEnvironment(),
    ...ports,
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    ...newSandboxCredentials(),
    LOG_LEVEL: "error",
  };
  const shutdown = createShutdown(log);
  const people = { progress: (text: string) => void shown.push(text), say: (line: string) => void said.push(line) };
  await makePast({ config: { ...base, dataDir }, env, log, shutdown, share: 0.01, ...people, ...parts });
};

before(async () => {
  base = readConfig({ PORT: "0" });
  dataDir = mkdtempSync(path.join(tmpdir(), "past-"));
  ({ url: databaseUrl } = await createTestDatabase());
});

test("nothing is invented where a system is not the sandbox's, where tokens come from elsewhere, or where a sandbox is there already", async () => {
  const theirs = path.join(dataDir, "theirs.yml");
  writeFileSync(
    theirs,
    "version: 1\nsystems:\n  erp: { kind: erp, vendor: business-central, address: https://erp.example.com }\n",
  );
  await make({ config: { ...base, dataDir, systemsFile: theirs } });
  await make({ config: { ...base, dataDir, oidcIssuer: "https://login.example.com" } });
  await make({ share: 0 });
  mkdirSync(path.join(dataDir, "sandbox"));
  await make();
  rmSync(path.join(dataDir, "sandbox"), { recursive: true });
  assert.deepEqual([await hasReturns(databaseUrl), await pastOf(databaseUrl), shown, said], [false, null, [], []]);
});

type Known = { returns: number; planted: Record<string, string> };

test("what an interrupted start left is thrown away and made again; it moves in at once; a later start does nothing", async () => {
  const shutdown = createShutdown(createSilentLog());
  const progress = () => void shutdown.run("Ctrl-C");
  await assert.rejects(make({ shutdown, progress }), { message: /^Stopped while .* begins them again\.$/ });
  assert.ok(existsSync(path.join(dataDir, "past", "sandbox", "first-start.json")));
  await make();
  assert.deepEqual(said, []);
  assert.match(String(shown.at(-1)), /^Making the last weeks: (\d+) of \1 returns …$/);
  const { returns } = (await pastOf(databaseUrl)) as Known;
  assert.deepEqual([existsSync(path.join(dataDir, "past")), existsSync(path.join(dataDir, "sandbox"))], [false, true]);
  const schemas = await withClient(databaseUrl, (client) =>
    client.query("select count(*)::int as count from pg_namespace where nspname = 'backhaul_past'"),
  );
  assert.equal(schemas.rows[0].count, 0);
  assert.ok(returns >= 20);
  shown.length = 0;
  await make();
  assert.deepEqual([shown, said], [[], []]);
});

let house: Everything;
test("a house that starts on it leaves each return where it is, and each is as if it had been there all along (A1, A2, D-35)", async () => {
  const { planted } = (await pastOf(databaseUrl)) as Known;
  house = await startEverything({ home: { databaseUrl, dataDir } });
  const rows = () => house.db.selectFrom("returns").select(["id", "rma_number", "status"]).orderBy("id").execute();
  const first = await rows();
  const spoilt = new Set(Object.values(planted));
  assert.equal(spoilt.size, 4);
  for (const { id, rma_number } of first) if (!spoilt.has(rma_number)) await judge(house, id);
  await house.until("the feed to be numbered", async () => {
    const left = await house.db.selectFrom("feed_pending").select("version").executeTakeFirst();
    return left ? null : true;
  });
  assert.deepEqual(await rows(), first);
  assert.deepEqual(house.sandbox.servers["business-central"].ledger.tieOut(), { ok: true, differences: [] });
});

test("every stage has its return, and all of it happened in the past, in the order of the facts", async () => {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ statuses: string[]; late: number; unordered: number }>(`select
      (select array_agg(distinct status order by status) from returns) as statuses,
      (select count(*)::int from facts where recorded_at > now() - interval '10 minutes' and correlation_id <> 'timers') as late,
      (select count(*)::int from facts f join facts g on g.return_id = f.return_id and g.version = f.version + 1 and g.recorded_at < f.recorded_at) as unordered`),
  );
  const [{ statuses, late, unordered } = { statuses: [], late: -1, unordered: -1 }] = rows;
  assert.equal(statuses.length, 19, statuses.join(" "));
  assert.deepEqual([late, unordered], [0, 0]);
});

test("npm run sandbox -- seed tells what there is", async () => {
  const { returns, planted } = (await pastOf(databaseUrl)) as Known;
  const lines = tellSeed(dataDir);
  assert.match(
    lines[0]!,
    new RegExp(`^Made for [0-9-]+, scale 1: 4\\d\\d items, 3\\d\\d customers, 3\\d{3} orders, ${returns} returns\\.$`),
  );
  for (const [kind, number] of Object.entries(planted))
    assert.ok(lines.some((line) => line.includes(kind) && line.endsWith(number)));
  assert.ok(lines.some((line) => line.startsWith("  SO-100001  US01") && line.endsWith(": 4 EA BRG-6204")));
  assert.throws(() => tellSeed(path.join(dataDir, "nowhere")), /has no sandbox yet; the first npm start makes it/);
});

test("what is planted is there: stock without credit, credit without stock, a stock and a credit difference, goods after expiry, a receipt of nobody", async () => {
  const { planted } = (await pastOf(databaseUrl)) as Known;
  const { ledger } = house.sandbox.servers["business-central"];
  const stateOf = async (kind: string) => {
    const { id } = await house.db
      .selectFrom("returns")
      .select("id")
      .where("rma_number", "=", planted[kind]!)
      .executeTakeFirstOrThrow();
    return house.stateOf(id);
  };
  const memosOf = (kind: string) =>
    ledger
      .creditMemos()
      .filter(({ externalDocumentNumber: number }) =>
        number.replaceAll("-", "").includes(planted[kind]!.replaceAll("-", "")),
      );

  const stock = await stateOf("STOCK_WITHOUT_CREDIT");
  assert.ok(stock.postings.length > 0);
  assert.deepEqual(
    stock.exceptions.filter(({ category }) => category !== "SLA").map(({ code, status }) => [code, status]),
    [["CUSTOMER_BLOCKED", "RESOLVED"]],
  );
  assert.deepEqual(
    [stock.credits.map(({ status }) => status), memosOf("STOCK_WITHOUT_CREDIT").length],
    [["APPROVED"], 0],
  );

  const credit = await stateOf("CREDIT_WITHOUT_STOCK");
  assert.deepEqual([credit.receipts.length, credit.credits.length, memosOf("CREDIT_WITHOUT_STOCK").length], [0, 0, 1]);

  const short = await stateOf("STOCK_DIFFERENCE");
  const { sku } = short.receipts[0]!.lines[0]!;
  const ours = await house.db.selectFrom("returns").select("id").execute();
  assert.ok(ours.length > 0);
  const journals = ledger
    .itemEntries()
    .filter(
      (entry) =>
        entry["itemNumber"] === sku &&
        entry["entryType"] === "Negative Adjmt." &&
        String(entry["documentNumber"]).startsWith("ITJ"),
    );
  assert.deepEqual(
    journals.map((entry) => [entry["locationCode"], entry["quantity"]]),
    [["QUARANTINE", "-1"]],
  );

  const twice = await stateOf("CREDIT_DIFFERENCE");
  assert.deepEqual([twice.credits.length, memosOf("CREDIT_DIFFERENCE").length], [1, 2]);

  const late = await house.db
    .selectFrom("returns")
    .select(["status", "id"])
    .where("rma_number", "=", "R-EXPIRED-1")
    .executeTakeFirstOrThrow();
  assert.equal(late.status, "UNAUTHORIZED_RECEIPT");
  const nobodys = house.db
    .selectFrom("exceptions")
    .select("summary")
    .where("code", "=", "UNMATCHED_RECEIPT")
    .where("return_id", "is", null);
  assert.match((await nobodys.executeTakeFirstOrThrow()).summary, /at CHI1 names no return/);
});
