// node tools/set-up.mjs SCRIPT [ARGUMENT …]: installs what the lockfile says if that is not there yet, then runs the script on the
// Node 24 that npm brought. It runs on Node 20 and newer, needs no package, and says everything on standard error. It is the command of
// every npm script rather than a `pre…` hook, because npm skips hooks where install scripts are switched off.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const at = (...parts) => path.join(root, ...parts);
const [script, ...args] = process.argv.slice(2);

const lockfile = readFileSync(at("package-lock.json"), "utf8");
const wanted = createHash("sha256").update(`${lockfile}${process.platform}${process.arch}`).digest("hex");
const stamp = at("node_modules/.set-up");
const node = at("node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node");
const isSetUp = () => read(stamp) === wanted && existsSync(node);

if (!isSetUp()) await alone(() => isSetUp() || setUp());
if (script !== undefined) run(node, [at(script), ...args]);

function setUp() {
  if (!isInstalled()) install();
  if (!existsSync(node)) fetchNode();
  writeFileSync(stamp, wanted);
}

/** Somebody ran `npm ci` by hand: every package that is not optional is there in the lockfile's version. */
function isInstalled() {
  const hidden = read(at("node_modules/.package-lock.json"));
  if (hidden === undefined) return false;
  const there = JSON.parse(hidden).packages;
  const due = Object.entries(JSON.parse(lockfile).packages).filter(([name, { optional }]) => name !== "" && !optional);
  return due.every(([name, { version }]) => there[name]?.version === version);
}

function install() {
  if (existsSync(at("node_modules")) && lstatSync(at("node_modules")).isSymbolicLink())
    fail(
      "node_modules is a link to a folder that does not fit package-lock.json; run `npm ci` where it points, or remove the link.",
    );
  console.error("Installing packages (about half a minute the first time) …");
  npm(["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], root);
}

/** Where install scripts are blocked the package `node` has no program yet: its own installer gets it. */
function fetchNode() {
  console.error("Fetching Node 24 …");
  const installer = "installArchSpecificPackage.js";
  const { status } = spawnSync(process.execPath, [installer], {
    cwd: at("node_modules/node"),
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0 || !existsSync(node)) fail("Node 24 could not be fetched from the npm registry; see above.");
}

function npm(words, cwd) {
  const cli = process.env.npm_execpath;
  const [program, first] = cli ? [process.execPath, [cli]] : ["npm", []];
  const { status, error } = spawnSync(program, [...first, ...words], { cwd, stdio: ["ignore", 2, 2] });
  if (error) fail(`npm could not be run: ${error.message}`);
  if (status !== 0) fail(`npm ${words[0]} failed with ${status}; see above.`);
}

/** Two set-ups at once would delete each other's packages: one works, the other waits. A holder that died is passed over. */
async function alone(work) {
  mkdirSync(at(".data"), { recursive: true });
  const lock = at(".data/set-up.lock");
  while (!take(lock)) await new Promise((resolve) => setTimeout(resolve, 200));
  let held = true;
  const release = () => held && rmSync(lock, { force: true });
  process.on("exit", release);
  work();
  release();
  held = false;
}

function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const holder = read(lock);
  if (holder && !isAlive(Number(holder))) discard(lock, holder);
  return false;
}

/** Moved away first, so that of two who find a dead holder's lock only one removes it, and a fresh one isn't lost. */
function discard(lock, holder) {
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    return; // Another has moved it.
  }
  if (read(aside) === holder) rmSync(aside);
  else renameSync(aside, lock);
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Becomes the script as far as that goes: same input and output, signals passed on, same exit. */
function run(program, words) {
  const child = spawn(program, words, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`${program}: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // Not there.
  }
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
