import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { requireNode24 } from "#shared/node-version.ts";
import { brokenWalls, readSources } from "./walls.ts";

// `npm run check`: types, lint, walls, format and what clients of the schema rely on; all are run, and each that fails says why.

requireNode24();
const root = path.resolve(import.meta.dirname, "..");
const failed: string[] = [];

function run(name: string, command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (error) console.error(error.message);
  if (status !== 0) failed.push(name);
}
const program = (name: string) => path.join(root, "node_modules/.bin", name);

if (existsSync(path.join(root, "tools/codegen.ts"))) run("codegen", process.execPath, ["tools/codegen.ts"]);
run("types", program("tsc"), ["--noEmit"]);
run("lint", program("oxlint"), ["--type-aware", "--quiet", "."]);
run("format", program("oxfmt"), ["--check", "."]);
run("schema", process.execPath, ["tools/check-schema.ts"]);
const broken = brokenWalls(readSources(root));
for (const sentence of broken) console.error(sentence);
if (broken.length) failed.push("walls");

console.error(failed.length ? `Failed: ${failed.join(", ")}.` : "Types, lint, format, schema and walls are in order.");
process.exit(failed.length ? 1 : 0);
