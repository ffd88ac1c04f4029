import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type FirstStart = { today: string; scale: number };
/** Without a scale: the one that it was made with, else 1. */
type Wanted = { today: string; scale?: number | undefined };

/** What the seed was made from: kept in the folder at the first start, so that a later one makes the same distributor. Throws where it was made with another scale. */
export function rememberFirstStart(folder: string | null, { today, scale }: Wanted): FirstStart {
  const first = { today, scale: scale ?? 1 };
  if (folder === null) return first;
  const path = join(folder, "first-start.json");
  if (existsSync(path)) return unlessOfAnother(JSON.parse(readFileSync(path, "utf8")) as FirstStart, scale);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, JSON.stringify(first));
  return first;
}

function unlessOfAnother(made: FirstStart, scale: number | undefined): FirstStart {
  if (scale === undefined || scale === made.scale) return made;
  throw new Error(
    `--scale ${scale}: the sandbox of this data folder was made with scale ${made.scale} and keeps it; leave --scale out, or begin anew with another DATA_DIR.`,
  );
}
