import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** What became of one test: its file (relative to the root), its sentence, how it ended. */
export type TestResult = { file: string; name: string; outcome: "passed" | "failed" | "skipped" };

/** The last results of each test file; null before the first `npm test`. */
export function readResults(file: string): TestResult[] | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as TestResult[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Keeps what this run saw, and of the files it did not run what was known before. */
export function keepResults(file: string, seen: readonly TestResult[]): void {
  const ran = new Set(seen.map((result) => result.file));
  const before = (readResults(file) ?? []).filter((result) => !ran.has(result.file));
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify([...before, ...seen], null, 1));
}
