import type { Log } from "#shared/log.ts";
import type { Changed } from "./facts.ts";

/** What a timer wrote, for who passes it on. */
export type TimedChange = Pick<Changed<unknown>, "facts" | "started">;

/** Looks after each row that is due, each in a transaction of its own: one that fails is said, comes again, and keeps no other from its turn. */
export async function eachDue<Row>(
  rows: readonly Row[],
  { log, failed }: { log: Log; failed: string },
  work: (row: Row) => Promise<TimedChange | null>,
): Promise<TimedChange[]> {
  const changes: TimedChange[] = [];
  for (const row of rows) {
    try {
      const change = await work(row);
      if (change) changes.push(change);
    } catch (err) {
      log.warn({ err, row }, failed);
    }
  }
  return changes;
}
