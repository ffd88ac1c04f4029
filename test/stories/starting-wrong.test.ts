import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { promisify } from "node:util";
import { processEnvironment, readConfig } from "#shared/config.ts";
import { newSandboxCredentials } from "#tools/start/kept.ts";
import { createTestDatabase } from "../database.ts";

// What is wrong with settings and files is one sentence that names the thing and the place, and exit 1, before anything is started or written
// (architecture section 5).

const root = path.resolve(import.meta.dirname, "../..");
let folder: string;
/** Stands where the database should be, and only counts who comes. */
const database = createServer((socket) => {
  callers += 1;
  socket.destroy();
});
let callers: number;
before(async () => void (await once(database.listen(0, "127.0.0.1"), "listening")));
after(() => void database.close());
beforeEach(async () => {
  callers = 0;
  folder = await mkdtemp(path.join(tmpdir(), "backhaul-wrong-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const environment = (settings: Record<string, string>) => ({
  ...processEnvironment(),
  ...newSandboxCredentials(),
  PORT: "0",
  DATA_DIR: path.join(folder, "data"),
  DATABASE_URL: `postgres://127.0.0.1:${(database.address() as AddressInfo).port}/backhaul`,
  BACKHAUL_INTERNALS: '{ "requireDurable": false }',
  ...settings,
});

async function start(roles: string[], settings: Record<string, string>): Promise<{ code: number; said: string }> {
  try {
    await promisify(execFile)(process.execPath, [path.join(root, "start.ts"), ...roles], {
      env: environment(settings),
    });
    return { code: 0, said: "" };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, said: stderr.trim() };
  }
}

/** Nobody asked the database for anything, and no more than a log was written. */
async function nothingIsStarted(): Promise<void> {
  assert.equal(callers, 0);
  const written = await readdir(path.join(folder, "data")).catch(() => []);
  assert.deepEqual(
    written.filter((name) => name !== "log"),
    [],
  );
}

test("a wrong setting ends the process with 1 and a sentence that names it", async () => {
  assert.deepEqual(await start(["gateway"], { PORT: "eighty" }), {
    code: 1,
    said: 'PORT: "eighty" is not a port; give a whole number from 0 to 65535.',
  });
});

const unknownVendor =
  'systems.yml:3 systems.erp-us01.vendor: "abacus" is not a vendor of kind erp. Known: business-central.';

async function wrongSystems(): Promise<string> {
  const file = path.join(folder, "systems.yml");
  const system = '{ kind: erp, vendor: abacus, companies: [US01], address: "sandbox:business-central" }';
  await writeFile(file, `version: 1\nsystems:\n  erp-us01: ${system}\n`);
  return file;
}

for (const roles of [[], ["worker"], ["subgraphs", "returns"], ["sandbox", "worker"]])
  test(`a systems.yml that names an unknown vendor ends \`npm start -- ${roles.join(" ")}\` with 1, its line and what is known`, async () => {
    assert.deepEqual(await start(roles, { SYSTEMS_FILE: await wrongSystems() }), { code: 1, said: unknownVendor });
    await nothingIsStarted();
  });

test("the gateway calls no system and decides nothing: it starts whatever systems.yml and the policy tables say", async () => {
  const { url } = await createTestDatabase();
  const settings = { SYSTEMS_FILE: await wrongSystems(), POLICIES_DIR: folder, DATABASE_URL: url, SUBGRAPHS_PORT: "1" };
  const gateway = spawn(process.execPath, [path.join(root, "start.ts"), "gateway"], { env: environment(settings) });
  const ended = once(gateway, "exit");
  let said = "";
  for await (const part of gateway.stdout.setEncoding("utf8")) {
    said += String(part);
    if (said.includes('"msg":"up"')) gateway.kill("SIGTERM");
  }
  assert.deepEqual(await ended, [0, null], said);
});

/** The house's tables with a rule before the first of freight.yml that contradicts one of those after it. */
async function overlappingPolicies(): Promise<string> {
  const tables = path.join(folder, "tables");
  await cp(readConfig({}).policiesDir, tables, { recursive: true });
  const file = path.join(tables, "freight.yml");
  const rule = "  - { rule: FR-77, if: { reason: LATE_DELIVERY }, then: { payer: US } }\n";
  await writeFile(file, (await readFile(file, "utf8")).replace(/^rows:\n/m, `rows:\n${rule}`));
  return tables;
}

for (const roles of [[], ["worker"], ["subgraphs", "gateway"]])
  test(`a policy table with overlapping rules ends \`npm start -- ${roles.join(" ")}\` with 1, its code, file, rows and what to do (PA-13)`, async () => {
    const tables = await overlappingPolicies();
    const { code, said } = await start(roles, { POLICIES_DIR: tables });
    const [head, ...mistakes] = said.split("\n").map((line) => line.trim());
    assert.equal(head, `POLICIES_INVALID: the tables of ${tables} (POLICIES_DIR) can't be used:`);
    assert.equal(mistakes.length, 1);
    assert.match(
      String(mistakes[0]),
      /^freight\.yml: row 3 \(FR-01\), line \d+: overlaps row 1 \(FR-77\), line \d+ and /,
    );
    assert.match(String(mistakes[0]), /; make them exclude each other, or say `before: \[FR-01\]` in row 1 \(FR-77\)/);
    assert.equal(code, 1);
    await nothingIsStarted();
  });

test("a folder of policy tables that is not there is said so", async () => {
  const { code, said } = await start(["worker"], { POLICIES_DIR: path.join(folder, "nowhere") });
  assert.match(said, /^POLICIES_INVALID: .*nowhere.*\n {2}it can't be read; name a folder of decision tables$/);
  assert.equal(code, 1);
});
