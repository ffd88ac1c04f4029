import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** Runs `work` while no other process that asks for the same file does; a holder that died is passed over. */
export async function withFileLock<Result>(
  file: string,
  work: () => Promise<Result>,
  waitMs = 60_000,
): Promise<Result> {
  const giveUp = performance.now() + waitMs;
  while (!take(file)) {
    if (performance.now() > giveUp)
      throw new Error(`Process ${holderOf(file)} has held ${file} for ${waitMs / 1000} s.`);
    await pause(50);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** True when there is a process of this id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const holder = holderOf(file);
  if (holder !== undefined && !isAlive(holder)) discard(file, holder);
  return false;
}

/** Moves a dead holder's file away first, so that of two who find it only one does, and a fresh one isn't lost. */
function discard(file: string, holder: number): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // Another has moved it.
  }
  if (holderOf(aside) === holder) return rmSync(aside, { force: true });
  renameSync(aside, file);
}

function holderOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8")) || undefined;
  } catch {
    return undefined; // Released meanwhile.
  }
}
