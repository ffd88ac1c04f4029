import type { Changed } from "#orchestration/facts.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import type { UserError } from "#shared/errors.ts";
import type { Refused } from "../kit/mutation.ts";
import type { Context } from "./loaders.ts";

/** What is kept of a mutation on a return; the payload is read fresh. */
export type Written = { returnId: string; operationId: string | null };

export const writtenBy = (returnId: string, { started }: Pick<Changed<unknown>, "started">): Written => ({
  returnId,
  operationId: started[0]?.id ?? null,
});

export const refusedPayload = ({ userErrors }: Refused) => ({ operation: null, return: null, userErrors });

export async function payloadOf({ returnId, operationId }: Written, { loaders }: Context) {
  const [state, operation] = await Promise.all([
    loaders.returnById.clear(returnId).load(returnId),
    operationId === null ? null : loaders.operationById.clear(operationId).load(operationId),
  ]);
  return { operation, return: state as ReturnState | null, userErrors: [] as UserError[] };
}
