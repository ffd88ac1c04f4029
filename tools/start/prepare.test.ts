import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { createTestDatabase } from "../../test/database.ts";
import { readConfig } from "#shared/config.ts";
import { createSilentLog } from "#shared/log.ts";
import { createShutdown } from "#shared/shutdown.ts";
import { internalKeys, sandboxCredentials } from "./kept.ts";
import { prepareDatabase } from "./prepare-database.ts";

let dataDir: string;
before(() => void (dataDir = mkdtempSync(path.join(tmpdir(), "kept-"))));
after(() => rmSync(dataDir, { recursive: true, force: true }));

const log = createSilentLog();
const internals = { BACKHAUL_INTERNALS: '{"requireDurable":false}' };

test("keys and the sandbox's credentials are made once, for however many ask at once, and only we can read them", async () => {
  const config = readConfig({ DATA_DIR: dataDir });
  const [first, second] = await Promise.all([internalKeys(config), internalKeys(config)]);
  assert.deepEqual(first, second);
  assert.equal(statSync(path.join(dataDir, "internal-keys.json")).mode & 0o777, 0o600);
  const made = await sandboxCredentials(config);
  assert.match(made.WMS_WEBHOOK_SECRET, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const chosen = await sandboxCredentials(readConfig({ DATA_DIR: dataDir, WMS_TOKEN: "set by hand" }));
  assert.deepEqual(chosen, { ...made, WMS_TOKEN: "set by hand" });
});

test("the cursor secret is made once and kept in the database; INSTALLATION is fixed after the first start (W-06)", async () => {
  const { url } = await createTestDatabase();
  const prepare = (env: Record<string, string> = {}) =>
    prepareDatabase(readConfig({ DATABASE_URL: url, ...internals, ...env }), { log, shutdown: createShutdown(log) });
  const first = await prepare();
  assert.equal(Buffer.from(first.cursorSecret, "base64").length, 32);
  assert.deepEqual(await prepare(), first);
  await assert.rejects(prepare({ INSTALLATION: "BH2" }), {
    message:
      "INSTALLATION BH2: this database belongs to BH1, and its transaction keys begin with that; set INSTALLATION=BH1.",
  });
});

test("a database that may lose what it acknowledged stops the start (W-29)", async () => {
  const { url } = await createTestDatabase();
  const config = readConfig({ DATABASE_URL: url });
  await assert.rejects(prepareDatabase(config, { log, shutdown: createShutdown(log) }), /synchronous_commit off/);
});
