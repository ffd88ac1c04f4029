import type { UserError } from "#shared/errors.ts";
import type { Refused } from "../kit/mutation.ts";
import type { Context } from "./loaders.ts";

/** What is kept of a mutation on a task; the payload is read fresh. */
export type Handled = { exceptionId: string; operationId: string | null };

export async function payloadOf(answer: { result: Handled } | Refused, { loaders }: Context) {
  if ("userErrors" in answer) return { exception: null, operation: null, userErrors: answer.userErrors };
  const { exceptionId, operationId } = answer.result;
  return {
    exception: await loaders.exceptionById.clear(exceptionId).load(exceptionId),
    operation: operationId && (await loaders.operationById.clear(operationId).load(operationId)),
    userErrors: [] as UserError[],
  };
}
