import type DataLoader from "dataloader";
import { loadReturns } from "#orchestration/facts.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import type { RequestContext } from "./context.ts";
import { loaderOf } from "./reading.ts";
import { returnsSeenBy, rowOf, seesRow } from "./scope.ts";

/**
 * Returns as their facts tell them, one query for a batch; one that the caller may not see is 'none'. Of a partner's only its own are read, so that a foreign
 * return takes no longer than none (G-13).
 */
export const returnStateById = (context: RequestContext): DataLoader<string, ReturnState | null> =>
  loaderOf<ReturnState>(async (ids) => {
    const { db, caller } = context;
    if (caller.kind === "PARTNER") return loadReturns(db, await idsSeen(context, ids));
    const found = [...(await loadReturns(db, ids))];
    return new Map(found.filter(([, state]) => state instanceof Error || seesRow(caller, rowOf(state))));
  });

/** Those of the returns that the caller sees. */
export async function idsSeen({ db, caller }: RequestContext, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const seen = db.selectFrom("returns").select("id").where("id", "in", ids).where(returnsSeenBy(caller));
  return (await seen.execute()).map(({ id }) => id);
}
