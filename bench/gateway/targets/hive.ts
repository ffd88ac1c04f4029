import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Setting, Target } from "./target.ts";

const folder = path.join(import.meta.dirname, "../hive");
const INSTALL_MS = 300_000;

type StartHive = (setting: Setting, options: { coalescing: boolean }) => Promise<Target>;

/** @graphql-hive/gateway with its Rust planner; `coalescing` makes one of equal calls to a subgraph that are under way at once, as is its default. */
export async function startHive(setting: Setting, coalescing: boolean): Promise<Target> {
  // Its packages are not the product's: neither types nor the file itself can be read before they are installed.
  const module = (await import(pathToFileURL(path.join(folder, "hive.mjs")).href)) as { startHive: StartHive };
  return module.startHive(setting, { coalescing });
}

/** Installs Hive's packages beside its file where they aren't yet; gives the sentence that says why its rows are left out, if they are. */
export function installHive(): string | undefined {
  if (existsSync(path.join(folder, "node_modules/.package-lock.json"))) return undefined;
  console.error("Installing @graphql-hive/gateway for the benchmark alone (about a minute, once) …");
  const words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, error, stderr } = spawnSync("npm", words, { cwd: folder, timeout: INSTALL_MS, encoding: "utf8" });
  if (status === 0) return undefined;
  const reason = error?.message ?? stderr.trim().split("\n", 1)[0];
  return `@graphql-hive/gateway can't be installed here, so its rows are left out: ${reason}`;
}
