import { allowedActions } from "#orchestration/allowed-actions.ts";
import { changeReturn } from "#orchestration/facts.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import type { Transaction } from "#shared/database.ts";
import { checkText } from "../../kit/checks.ts";
import { mutate, refused, type Refused, stampOf, unlessRole } from "../../kit/mutation.ts";
import { rowOf, seesRow } from "../../kit/scope.ts";
import type { Context } from "../loaders.ts";
import type { CancelReturnInput, MutationcancelReturnArgs } from "../types.generated.ts";
import { payloadOf, refusedPayload, type Written, writtenBy } from "../payload.ts";

/** Asks for what has not come to be cancelled; goods that came are finished (W-07, D-33). */
export async function cancelReturn(_: unknown, { input }: MutationcancelReturnArgs, context: Context) {
  const notAllowed = unlessRole(context, "cancelReturn", "service", "supervisor");
  if (notAllowed) return refusedPayload(notAllowed);
  const problems = checkText(input.reason, ["reason"], { required: true });
  if (problems.length > 0) return refusedPayload({ userErrors: problems });
  const answer = await mutate<Written>(context, input, {
    name: "cancelReturn",
    work: (tx) => write(tx, input, context),
  });
  return "userErrors" in answer ? refusedPayload(answer) : payloadOf(answer.result, context);
}

async function write(tx: Transaction, { id, reason }: CancelReturnInput, context: Context) {
  const changed = await changeReturn<Refused | null>(tx, id, stampOf(context), (state) => {
    const value = seesRow(context.caller, rowOf(state))
      ? whyNot(state, context)
      : refused("NOT_FOUND", "There is no such return.", ["id"]);
    return { facts: value ? [] : [{ kind: "return.cancel-requested", data: { reason } }], value };
  });
  return changed.value ?? { result: writtenBy(id, changed), changed };
}

/** Why this return can't be cancelled; null if it can. */
function whyNot(state: ReturnState, { caller }: Context): Refused | null {
  const [reason] = allowedActions(state, caller).find(({ action }) => action === "cancelReturn")?.reasons ?? [];
  return reason ? refused("CONFLICT", reason.message, ["id"]) : null;
}
