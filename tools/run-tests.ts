import { spawn, spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import path from "node:path";
import { processEnvironment } from "#shared/config.ts";
import { startEmbeddedPostgres } from "#shared/embedded-postgres.ts";
import { requireNode24 } from "#shared/node-version.ts";

// `npm test`: generated types, one PostgreSQL for the whole run, then node's own test runner over every *.test.ts, or over those named.

requireNode24();
const root = path.resolve(import.meta.dirname, "..");
const codegen = path.join(root, "tools/codegen.ts");
if (existsSync(codegen)) {
  const { status } = spawnSync(process.execPath, [codegen], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const dataDir = path.join(root, ".data/test-postgres");
const postgres = await startEmbeddedPostgres({ dataDir, shared: true, forTests: true });
const named = process.argv.slice(2);
const ignored = ["node_modules", ".data", ".git"];
const files = named.length ? named : globSync("**/*.test.ts", { cwd: root, exclude: (name) => ignored.includes(name) });
const flags = ["--test", "--test-reporter=spec", "--test-concurrency=2", "--test-timeout=900000"];
// Every file is a process, and so is every worker that is killed: what one has compiled the next need not.
const compiled = path.join(root, ".data/compile-cache");
const env = { NODE_COMPILE_CACHE: compiled, ...processEnvironment(), TEST_DATABASE_URL: postgres.url };
const tests = spawn(process.execPath, [...flags, ...files.toSorted()], { cwd: root, stdio: "inherit", env });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => tests.kill(signal));
tests.on("exit", (code) => {
  void postgres.stop().finally(() => process.exit(code ?? 1));
});
