import type { ExceptionTask } from "#orchestration/exceptions.ts";
import { hasRole, type Role } from "#shared/caller.ts";
import type { Transaction } from "#shared/database.ts";
import type { RequestContext } from "../kit/context.ts";
import { refused, type Refused } from "../kit/mutation.ts";
import { createLoaders } from "./loaders.ts";

// Who may do what with a task (vocabulary section 9).

const MONEY = ["MONEY_DIFFERENCE", "RECONCILIATION"];
const OWN_ONLY: Role[] = ["service", "warehouse", "finance"];
const isMoney = ({ category }: ExceptionTask): boolean => MONEY.includes(category);
const ownsIt = ({ caller }: RequestContext, { owner_role }: ExceptionTask): boolean =>
  OWN_ONLY.some((role) => role === owner_role && hasRole(caller, role));

export const mayAssign = (context: RequestContext, task: ExceptionTask): boolean =>
  hasRole(context.caller, "supervisor", "operations") || ownsIt(context, task);

/** Money is finance's alone, also when another role owns the task. */
export function mayResolve(context: RequestContext, task: ExceptionTask): boolean {
  if (isMoney(task)) return hasRole(context.caller, "finance");
  return hasRole(context.caller, "supervisor", "operations") || ownsIt(context, task);
}

export const mayReplay = (context: RequestContext, { category }: ExceptionTask): boolean =>
  hasRole(context.caller, "supervisor", "operations") ||
  (hasRole(context.caller, "finance") && ["ERP_RULE", "MONEY_DIFFERENCE"].includes(category));

/** The task, if the caller sees it and `may` says so; read in the transaction of the mutation. */
export async function allowedTask(
  context: RequestContext,
  tx: Transaction,
  { id, may, deed }: { id: string; may: (context: RequestContext, task: ExceptionTask) => boolean; deed: string },
): Promise<ExceptionTask | Refused> {
  const task = await createLoaders({ ...context, db: tx }).exceptionById.load(id);
  if (!task) return refused("NOT_FOUND", "There is no such exception.", ["id"]);
  return may(context, task)
    ? task
    : refused("NOT_ALLOWED", `This exception belongs to ${task.owner_role}; your role may not ${deed} it.`, ["id"]);
}
