import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type FirstStart = { today: string; scale: number };

/** What the seed was made from: kept in the folder at the first start, so that a later one makes the same distributor. */
export function rememberFirstStart(folder: string | null, wanted: FirstStart): FirstStart {
  if (folder === null) return wanted;
  const path = join(folder, "first-start.json");
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as FirstStart;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, JSON.stringify(wanted));
  return wanted;
}
