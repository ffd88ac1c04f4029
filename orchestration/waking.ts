import type { Db, Transaction } from "#shared/database.ts";
import { sql } from "kysely";
import type { Fact } from "./facts-vocabulary.ts";

/** What an operation that is WAITING waits for, besides its due time: `hold`, `ambiguous`, `release`, or a system's name. */
export const waitingFor = { hold: "hold", ambiguous: "ambiguous", release: "release" } as const;

const woken: { [Kind in Fact["kind"]]?: string } = {
  "return.released": waitingFor.hold,
  "effect.resolved": waitingFor.ambiguous,
  "effect.undone": waitingFor.ambiguous,
};

/** Makes due what waited for one of these facts; a cancel request makes due whatever waits, so that it meets the flag. */
export async function wakeAfter(tx: Transaction, returnId: string, facts: readonly Fact[]): Promise<void> {
  const reasons = new Set(facts.flatMap(({ kind }) => woken[kind] ?? []));
  const all = facts.some(({ kind }) => kind === "return.cancel-requested");
  if (!all && reasons.size === 0) return;
  const waiting = tx
    .updateTable("operations")
    .set({ due_at: sql`clock_timestamp()` })
    .where("return_id", "=", returnId)
    .where("status", "=", "WAITING");
  await (all ? waiting : waiting.where("waiting_for", "in", [...reasons])).execute();
}

/** Makes due what waits for a system, or for the release of effects; gives how many. */
export async function wakeWaitingFor(db: Db | Transaction, reason: string): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable("operations")
    .set({ due_at: sql`clock_timestamp()` })
    .where("waiting_for", "=", reason)
    .where("finished_at", "is", null)
    .where("status", "=", "WAITING")
    .where("due_at", ">", sql<Date>`clock_timestamp()`)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}
