import { replayTask } from "#orchestration/exceptions.ts";
import type { Transaction } from "#shared/database.ts";
import { refuse, type UserError } from "#shared/errors.ts";
import { mutate, refused, stampOf } from "../../kit/mutation.ts";
import { idsOfExceptions } from "../exceptions.ts";
import type { Context } from "../loaders.ts";
import type { MutationreplayExceptionsArgs, ReplayExceptionsInput } from "../types.generated.ts";
import { type Handled, payloadOf } from "../handled.ts";
import { allowedTask, mayReplay } from "../rights.ts";

/** At once; more is a second request. */
const MOST = 100;
type Replayed = { handled: Handled[]; refusals: { exceptionId: string; userErrors: UserError[] }[] };

/** Tries what failed again, task by task: one that can't be replayed keeps no other from it. */
export async function replayExceptions(_: unknown, { input }: MutationreplayExceptionsArgs, context: Context) {
  const answer = await mutate<Replayed>(context, input, {
    name: "replayExceptions",
    work: async (tx) => {
      const ids = await wanted(input, context);
      if (!Array.isArray(ids)) return ids;
      const lanes: { lane: string }[] = [];
      const replayed: Replayed = { handled: [], refusals: [] };
      for (const exceptionId of ids.toSorted()) {
        const done = await replayOne(tx, { exceptionId, note: input.note ?? null }, context);
        if ("userErrors" in done) replayed.refusals.push({ exceptionId, userErrors: done.userErrors });
        else replayed.handled.push({ exceptionId, operationId: done.operation?.id ?? null });
        if ("operation" in done && done.operation) lanes.push(done.operation);
      }
      return { result: replayed, resumed: lanes };
    },
  });
  if ("userErrors" in answer) return { results: [], userErrors: answer.userErrors };
  const { handled, refusals } = answer.result;
  const results = await Promise.all([
    ...handled.map((result) => payloadOf({ result }, context)),
    ...refusals.map(async ({ exceptionId, userErrors }) => ({
      exception: await context.loaders.exceptionById.load(exceptionId),
      operation: null,
      userErrors,
    })),
  ]);
  return { results, userErrors: [] };
}

async function wanted({ ids, filter }: ReplayExceptionsInput, context: Context) {
  if (Boolean(ids) === Boolean(filter)) return refused("INVALID_INPUT", "Give either ids or a filter.", ["ids"]);
  const found = ids
    ? [...new Set(ids)]
    : await idsOfExceptions(context, { status: ["OPEN", "ASSIGNED"], ...filter }, MOST);
  return found.length > MOST ? refused("INVALID_INPUT", `At most ${MOST} at once.`, ["ids"]) : found;
}

async function replayOne(
  tx: Transaction,
  { exceptionId: id, note }: { exceptionId: string; note: string | null },
  context: Context,
) {
  const task = await allowedTask(context, tx, { id, may: mayReplay, deed: "replay" });
  if ("userErrors" in task) return task;
  const handled = await replayTask(tx, id, { note }, stampOf(context));
  return "refused" in handled
    ? { userErrors: [refuse(handled.refused.code, handled.refused.message, ["ids"])] }
    : { operation: handled.operation };
}
