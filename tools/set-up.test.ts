import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, test } from "node:test";

let clone: string;
const at = (...parts: string[]) => path.join(clone, ...parts);
const lock = { packages: { "": {}, "node_modules/node": { version: "24.0.0" } } };

/** A clone whose "npm" notes that it ran and installs a "node" that is this one. */
beforeEach(() => {
  clone = mkdtempSync(path.join(tmpdir(), "clone-"));
  mkdirSync(at("tools"));
  copyFileSync(path.join(import.meta.dirname, "set-up.mjs"), at("tools/set-up.mjs"));
  writeFileSync(at("package-lock.json"), JSON.stringify(lock));
  writeFileSync(at("say.mjs"), "console.log(process.argv.slice(2).join()); process.exitCode = 3;");
  const program = `#!/bin/sh\nexec ${process.execPath} "$@"\n`;
  const installer = `const fs = require("fs"); fs.mkdirSync("bin", { recursive: true });
    fs.writeFileSync("bin/node", ${JSON.stringify(program)}, { mode: 0o755 });`;
  writeFileSync(
    at("npm.cjs"),
    `const fs = require("fs");
    fs.appendFileSync("npm.log", process.argv.slice(2).join(" ") + "\\n");
    fs.mkdirSync("node_modules/node", { recursive: true });
    fs.writeFileSync("node_modules/node/installArchSpecificPackage.js", ${JSON.stringify(installer)});
    fs.writeFileSync("node_modules/.package-lock.json", fs.readFileSync("package-lock.json"));`,
  );
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

async function setUp(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [at("tools/set-up.mjs"), ...words], { env: { npm_execpath: at("npm.cjs") } });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code: code as number, out, err };
}
const installs = () => readFileSync(at("npm.log"), "utf8").trim().split("\n");

test("it installs once, runs the script with its words, and passes its exit on; only the script speaks on standard output", async () => {
  const first = await setUp("say.mjs", "--role", "service");
  assert.deepEqual([first.code, first.out], [3, "--role,service\n"]);
  const second = await setUp("say.mjs", "again");
  assert.deepEqual([second.code, second.out, second.err], [3, "again\n", ""]);
  assert.deepEqual(installs(), ["ci --include=dev --no-audit --no-fund --loglevel=error"]);
});

test("a changed lockfile installs again; what `npm ci` installed by hand is taken as it is", async () => {
  await setUp();
  writeFileSync(at("package-lock.json"), JSON.stringify({ ...lock, name: "changed beside the packages" }));
  await setUp();
  assert.equal(installs().length, 1);
  writeFileSync(at("package-lock.json"), JSON.stringify({ packages: { "node_modules/node": { version: "24.1.0" } } }));
  await setUp();
  assert.equal(installs().length, 2);
});

test("two at once install once, and a lock left by a dead process is passed over", async () => {
  mkdirSync(at(".data"));
  writeFileSync(at(".data/set-up.lock"), "999999999");
  const both = await Promise.all([setUp("say.mjs", "a"), setUp("say.mjs", "b")]);
  assert.deepEqual(
    both.map(({ out }) => out),
    ["a\n", "b\n"],
  );
  assert.equal(installs().length, 1);
});

test("a node_modules that is a link is never installed into", async () => {
  mkdirSync(at("elsewhere"));
  symlinkSync(at("elsewhere"), at("node_modules"));
  const { code, err } = await setUp("say.mjs");
  assert.equal(code, 1);
  assert.match(err, /^node_modules is a link to a folder that does not fit package-lock.json/);
});
