import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { processEnvironment } from "#shared/config.ts";
import { createTestDatabase } from "../database.ts";

// What is wrong with settings and files is one sentence that names the thing and the place, and exit 1 (architecture section 5).

const root = path.resolve(import.meta.dirname, "../..");
let folder: string;
let databaseUrl: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "backhaul-wrong-"));
  databaseUrl = (await createTestDatabase()).url;
});
after(() => rm(folder, { recursive: true, force: true }));

async function start(role: string, settings: Record<string, string>): Promise<{ code: number; said: string }> {
  const env = {
    ...processEnvironment(),
    PORT: "0",
    DATA_DIR: folder,
    DATABASE_URL: databaseUrl,
    BACKHAUL_INTERNALS: '{ "requireDurable": false }',
    ...settings,
  };
  try {
    await promisify(execFile)(process.execPath, [path.join(root, "start.ts"), role], { env });
    return { code: 0, said: "" };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, said: stderr.trim() };
  }
}

test("a wrong setting ends the process with 1 and a sentence that names it", async () => {
  assert.deepEqual(await start("gateway", { PORT: "eighty" }), {
    code: 1,
    said: 'PORT: "eighty" is not a port; give a whole number from 0 to 65535.',
  });
});

test("a systems.yml that names an unknown vendor ends the process with 1, its line and what is known", async () => {
  const file = path.join(folder, "systems.yml");
  const system = '{ kind: erp, vendor: abacus, companies: [US01], address: "sandbox:business-central" }';
  await writeFile(file, `version: 1\nsystems:\n  erp-us01: ${system}\n`);
  assert.deepEqual(await start("worker", { SYSTEMS_FILE: file }), {
    code: 1,
    said: 'systems.yml:3 systems.erp-us01.vendor: "abacus" is not a vendor of kind erp. Known: business-central.',
  });
});
