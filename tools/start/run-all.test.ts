import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { createTestDatabase } from "../../test/database.ts";
import { readConfig, type Config } from "#shared/config.ts";
import { createSilentLog } from "#shared/log.ts";
import { createShutdown } from "#shared/shutdown.ts";
import { runAll } from "./run-all.ts";

let folder: string;
let diary: string;
let config: Config;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "start-"));
  diary = path.join(folder, "diary");
  writeFileSync(diary, "");
  const { url } = await createTestDatabase();
  config = readConfig({
    PORT: "0",
    DATA_DIR: folder,
    DATABASE_URL: url,
    BACKHAUL_INTERNALS: '{"requireDurable":false}',
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A child that notes what happens to it and, where told, fails. */
function writeScript(body = ""): string {
  const script = path.join(folder, "child.mjs");
  writeFileSync(
    script,
    `import { appendFileSync } from "node:fs";
    const name = process.argv.slice(2).join("+");
    const note = (what) => appendFileSync(${JSON.stringify(diary)}, name + " " + what + "\\n");
    ${body}
    process.on("SIGTERM", () => { note("stopped"); process.exit(0); });
    process.on("disconnect", () => process.exit(0));
    note("started");
    process.send({ ready: { [name]: String(process.pid), metrics: process.env.METRICS_PORT, key: process.env.WMS_WEBHOOK_SECRET } });`,
  );
  return script;
}

async function diaryShows(count: number): Promise<string[]> {
  const lines = () => readFileSync(diary, "utf8").trim().split("\n").filter(Boolean);
  if (lines().length < count) for await (const _ of iterate(diary)) if (lines().length >= count) break;
  return lines();
}

async function* iterate(file: string): AsyncGenerator<void> {
  let wake = Promise.withResolvers<void>();
  const watcher = watch(file, () => wake.resolve());
  try {
    for (;;) {
      yield;
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
  } finally {
    watcher.close();
  }
}

const run = (script: string, said: string[] = []) => {
  const log = createSilentLog();
  const shutdown = createShutdown(log);
  const parts = {
    config,
    log,
    shutdown,
    script,
    progress: () => undefined,
    say: (line: string) => void said.push(line),
  };
  return { shutdown, running: runAll(parts) };
};

test("three processes start, the sandbox first, and stop in order: gateway with subgraphs, worker, sandbox (G-22)", async () => {
  const { shutdown, running } = run(writeScript());
  const addresses = await running;
  assert.match(String(addresses.key), /^whsec_/);
  await shutdown.run("test");
  const [first, ...rest] = await diaryShows(6);
  assert.equal(first, "sandbox started");
  assert.deepEqual(rest.slice(0, 2).toSorted(), ["subgraphs+gateway started", "worker started"]);
  assert.deepEqual(rest.slice(2), ["subgraphs+gateway stopped", "worker stopped", "sandbox stopped"]);
});

test("a process that is killed is started again, and said so", async () => {
  const said: string[] = [];
  const { shutdown, running } = run(writeScript(), said);
  const { worker } = await running;
  process.kill(Number(worker), "SIGKILL");
  assert.equal((await diaryShows(4))[3], "worker started");
  await shutdown.run("test");
  assert.deepEqual(said, ["The worker ended (SIGKILL); starting it again."]);
});

test("a process that can't start gives its sentence, and what was started before is stopped", async () => {
  const script = writeScript(
    `if (name === "worker") { process.send({ failed: "systems.yml:27 …" }); setTimeout(() => process.exit(1)); }`,
  );
  const { shutdown, running } = run(script);
  await assert.rejects(running, { message: "systems.yml:27 …" });
  await shutdown.run("test");
  assert.equal((await diaryShows(2)).at(-1), "sandbox stopped");
});

test("a taken port is named before anything is started", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => void other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  config = { ...config, intakePort: port };
  await assert.rejects(run(writeScript()).running, {
    message: `INTAKE_PORT ${port} is in use; set INTAKE_PORT or PORT.`,
  });
  other.close();
  assert.equal(readFileSync(diary, "utf8"), "");
});
