import type DataLoader from "dataloader";
import { loadReturns } from "#orchestration/facts.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import type { RequestContext } from "./context.ts";
import { loaderOf } from "./reading.ts";
import { seesRow } from "./scope.ts";

/** Returns as their facts tell them, one query for a batch; one that the caller may not see is 'none'. */
export const returnStateById = (context: RequestContext): DataLoader<string, ReturnState | null> =>
  loaderOf<ReturnState>(async (ids) => {
    const found = [...(await loadReturns(context.db, ids))];
    return new Map(found.filter(([, state]) => state instanceof Error || seesRow(context.caller, state)));
  });
