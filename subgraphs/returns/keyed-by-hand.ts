import { raiseTask } from "#orchestration/exceptions.ts";
import { openReturn } from "#orchestration/facts.ts";
import type { NewFact } from "#orchestration/facts-vocabulary.ts";
import { releaseAfter } from "#orchestration/parking.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import type { Task } from "#orchestration/step.ts";
import { seesCompany, seesSite } from "#shared/caller.ts";
import type { Transaction } from "#shared/database.ts";
import type { UserError } from "#shared/errors.ts";
import { warehouseByCode } from "#shared/places.ts";
import { refused, type Refused, stampOf } from "../kit/mutation.ts";
import type { Context } from "./loaders.ts";
import type { Written } from "./payload.ts";

export type Told = { facts: NewFact[]; tasks: Task[] } | { userErrors: UserError[] };

/**
 * Writes what a person told of a return, as the inbox does for a warehouse: the same pure decisions, the same tasks, and what waited for it is
 * released (W-19). A return of another company is answered with `none`, as one that is not there (G-13).
 */
export async function writeTold<More>(
  tx: Transaction,
  { returnId, none }: { returnId: string; none: Refused },
  context: Context,
  tell: (state: ReturnState) => (Told & { more?: More }) | Promise<Told & { more?: More }>,
) {
  const open = await openReturn(tx, returnId);
  if (!seesCompany(context.caller, open.state.companyId)) return none;
  const told = await tell(open.state);
  if ("userErrors" in told) return told;
  const stamp = stampOf(context);
  open.add(stamp, told.facts);
  for (const task of told.tasks)
    await raiseTask(tx, { ...task, cause: task.cause ?? `${returnId}:${task.code}`, returnId }, stamp, open);
  const released = await releaseAfter(tx, told.facts);
  open.add(stamp, released);
  const changed = await open.save();
  const result: Written & { more: More | undefined } = {
    returnId,
    operationId: changed.started[0]?.id ?? null,
    more: told.more,
  };
  return { result, changed, resumed: released.length > 0 ? [{ lane: "inbox" }] : [] };
}

/** A site of the caller's; others answer as if they were not there. */
export const checkSite = ({ caller }: Context, code: string, field: string[]): Refused | null => {
  const warehouse = warehouseByCode(code);
  if (!warehouse) return refused("UNKNOWN_CODE", `There is no warehouse ${code}.`, field);
  const isOurs = seesCompany(caller, warehouse.companyId) && seesSite(caller, code);
  return isOurs ? null : refused("NOT_ALLOWED", `${code} is none of your sites.`, field);
};
