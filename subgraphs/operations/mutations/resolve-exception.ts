import { resolveTask } from "#orchestration/exceptions.ts";
import { mutate, refused, stampOf } from "../../kit/mutation.ts";
import type { Context } from "../loaders.ts";
import type { MutationresolveExceptionArgs } from "../types.generated.ts";
import { type Handled, payloadOf } from "../handled.ts";
import { allowedTask, mayResolve } from "../rights.ts";

/** Closes a task; what waited for it goes on, or ends where it is CANCELLED. */
export async function resolveException(_: unknown, { input }: MutationresolveExceptionArgs, context: Context) {
  const { id, resolution, note, reference = null } = input;
  const answer = await mutate<Handled>(context, input, {
    name: "resolveException",
    work: async (tx) => {
      if (note.trim() === "") return refused("INVALID_INPUT", "Say why.", ["note"]);
      const task = await allowedTask(context, tx, { id, may: mayResolve, deed: "resolve" });
      if ("userErrors" in task) return task;
      const handled = await resolveTask(tx, id, { resolution, note, reference }, stampOf(context));
      if ("refused" in handled) return refused(handled.refused.code, handled.refused.message, ["id"]);
      const { operation } = handled;
      return { result: { exceptionId: id, operationId: operation?.id ?? null }, resumed: [operation] };
    },
  });
  return payloadOf(answer, context);
}
