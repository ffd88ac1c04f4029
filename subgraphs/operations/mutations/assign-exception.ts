import { assignTask } from "#orchestration/exceptions.ts";
import { mutate, refused, stampOf } from "../../kit/mutation.ts";
import type { Context } from "../loaders.ts";
import type { MutationassignExceptionArgs } from "../types.generated.ts";
import { payloadOf, type Handled } from "../handled.ts";
import { allowedTask, mayAssign } from "../rights.ts";

/** Gives a task to a person. */
export async function assignException(_: unknown, { input }: MutationassignExceptionArgs, context: Context) {
  const { id, ownerId, note = null } = input;
  const answer = await mutate<Handled>(context, input, {
    name: "assignException",
    work: async (tx) => {
      if (ownerId.trim() === "") return refused("INVALID_INPUT", "Name the person.", ["ownerId"]);
      const task = await allowedTask(context, tx, { id, may: mayAssign, deed: "assign" });
      if ("userErrors" in task) return task;
      const handled = await assignTask(tx, id, { ownerId, note }, stampOf(context));
      if ("refused" in handled) return refused(handled.refused.code, handled.refused.message, ["id"]);
      return { result: { exceptionId: id, operationId: null } };
    },
  });
  return payloadOf(answer, context);
}
