import { allowedActions } from "#orchestration/allowed-actions.ts";
import { lockAllocations } from "#orchestration/allocations.ts";
import { type AmendedLine, evaluateAmended, knownKeys, knownRoom } from "#orchestration/amended-eligibility.ts";
import { type Amendment, amendmentFacts, amendmentOf, replacementProblems, toJudge } from "#orchestration/amending.ts";
import { allocationKeys, type OrderHistory } from "#orchestration/eligibility.ts";
import { changeReturn } from "#orchestration/facts.ts";
import type { EvaluatedLine } from "#orchestration/facts-vocabulary.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import type { Transaction } from "#shared/database.ts";
import { coded, refuse, SystemUnavailable, type UserError } from "#shared/errors.ts";
import { fromBase } from "#shared/quantity.ts";
import { mutate, refused, type Refused, stampOf, unlessRole } from "../../kit/mutation.ts";
import { rowOf, seesRow } from "../../kit/scope.ts";
import { checkAmendment } from "../amended.ts";
import { readHistory } from "../erp-history.ts";
import { problemsOf } from "../judging.ts";
import type { Context } from "../loaders.ts";
import { payloadOf, refusedPayload, type Written, writtenBy } from "../payload.ts";
import type { AmendReturnInput, MutationamendReturnArgs } from "../types.generated.ts";

/** What the ERP says, as far as policy has to be asked. Null: it has no such order; `down`: it did not answer in time. */
type History = OrderHistory | null | "down" | "not needed";
type Judged = { evaluated: EvaluatedLine[] } | Refused;

/**
 * Changes quantities, reasons or the resolution of a return that is under way, on the version that the caller saw. What was received stays; what more is
 * asked for is judged by policy on the ERP's history, by amend-return where the ERP is away (D-10, D-14, D-30, W-08).
 */
export async function amendReturn(_: unknown, { input }: MutationamendReturnArgs, context: Context) {
  const notAllowed = unlessRole(context, "amendReturn", "service", "supervisor");
  if (notAllowed) return refusedPayload(notAllowed);
  const problems = checkAmendment(input);
  if (problems.length > 0) return refusedPayload({ userErrors: problems });
  // What the goods are settled with, other than money and the same again, has an issue of its own (G-23).
  if (input.resolution && !["CREDIT", "REPLACE"].includes(input.resolution))
    throw coded("NOT_AVAILABLE", { field: `resolution ${input.resolution}` });
  const answer = await mutate<Written, History>(context, input, {
    name: "amendReturn",
    read: () => readWhatItNeeds(input, context),
    work: (tx, history) => write(tx, { input, history }, context),
  });
  return "userErrors" in answer ? refusedPayload(answer) : payloadOf(answer.result, context);
}

/** On the return as it is; that it still is so is seen under its lock, by its version. */
async function readWhatItNeeds(input: AmendReturnInput, context: Context): Promise<History | Refused> {
  const state = await context.loaders.returnById.clear(input.id).load(input.id);
  if (!state || state instanceof Error) return noSuchReturn();
  const amendment = readable(state, input, context);
  if ("userErrors" in amendment) return amendment;
  if (toJudge(amendment).length === 0) return "not needed";
  return readHistory({ companyId: state.companyId, orderNumber: state.orderNumber }, context);
}

const noSuchReturn = (): Refused => refused("NOT_FOUND", "There is no such return.", ["id"]);

function readable(state: ReturnState, input: AmendReturnInput, { caller }: Context): Amendment | Refused {
  if (!seesRow(caller, rowOf(state))) return noSuchReturn();
  if (state.version !== input.expectedVersion)
    return refused("CONFLICT", `The return is at version ${state.version} by now: read it again.`, ["expectedVersion"]);
  const [reason] = allowedActions(state, caller).find(({ action }) => action === "amendReturn")?.reasons ?? [];
  return reason ? refused("CONFLICT", reason.message, ["id"]) : amendmentOf(state, input);
}

type Request = { input: AmendReturnInput; history: History };

async function write(tx: Transaction, { input, history }: Request, context: Context) {
  const changed = await changeReturn<Refused | null>(tx, input.id, stampOf(context), async (state, { now }) => {
    const amendment = readable(state, input, context);
    if ("userErrors" in amendment) return { facts: [], value: amendment };
    const unreplaced = replacementProblems(state, amendment, context.policies);
    if (unreplaced.length > 0) return { facts: [], value: { userErrors: unreplaced } };
    const judged = await judge(tx, state, amendment, { history, now, context });
    if ("userErrors" in judged) return { facts: [], value: judged };
    return {
      facts: amendmentFacts(state, amendment, { lines: judged.evaluated, policyVersion: context.policies.version }),
      value: null,
    };
  });
  return changed.value ?? { result: writtenBy(input.id, changed), changed };
}

type Judging = { history: History; now: Date; context: Context };

/** Under the locks of everything that the lines could take (W-13). */
async function judge(tx: Transaction, state: ReturnState, amendment: Amendment, judging: Judging): Promise<Judged> {
  const lines = toJudge(amendment);
  const { history } = judging;
  if (lines.length === 0) return { evaluated: [] };
  if (history === "down" || history === "not needed") return judgeByWhatIsKnown(tx, state, lines);
  // A request that the ERP never validated is evaluated by authorize-return, with the amended quantities.
  if (state.customerId === null) return { evaluated: [] };
  if (history === null)
    return {
      userErrors: lines.map(({ at }) => refuse("POLICY_REFUSED", "The ERP has no such sale any more (EL-01).", at)),
    };
  const { policies, config } = judging.context;
  const taken = await lockAllocations(tx, [...allocationKeys(history), ...keysOf(state, lines)]);
  const found = evaluateAmended(history, lines, {
    policies,
    installation: config.installation,
    now: judging.now,
    taken,
  });
  const userErrors = lines.flatMap((line) => problemsWith(line, found.get(line.line.id)));
  return userErrors.length > 0 ? { userErrors } : { evaluated: [...found.values()] };
}

const keysOf = (state: ReturnState, lines: readonly AmendedLine[]) =>
  knownKeys(
    state,
    lines.map(({ line }) => line),
  );

/** No more than is left by what was known last; the rest is for the ERP to say when it is back (D-30). A granted line's reason can't wait for that. */
async function judgeByWhatIsKnown(
  tx: Transaction,
  state: ReturnState,
  lines: readonly (AmendedLine & { at: string[] })[],
): Promise<Judged> {
  if (lines.some(({ line, reasonCode }) => line.authorizedAt && reasonCode !== line.reasonCode))
    throw new SystemUnavailable("erp");
  const known = lines.filter(({ line }) => line.posted);
  const taken = await lockAllocations(tx, keysOf(state, known));
  const userErrors = known.flatMap(({ at, line, base }): UserError[] => {
    const room = knownRoom(state, line, taken);
    if (base.lte(room)) return [];
    const left = fromBase(room, line.unitFactor);
    return [
      refuse("QUANTITY_EXCEEDED", `Only ${left} of this line may still come back (EL-02).`, [
        ...at,
        "quantity",
        "value",
      ]),
    ];
  });
  return userErrors.length > 0 ? { userErrors } : { evaluated: [] };
}

function problemsWith(
  { at, line, reasonCode }: AmendedLine & { at: string[] },
  evaluated: EvaluatedLine | undefined,
): UserError[] {
  if (!evaluated) return [refuse("POLICY_REFUSED", "Nothing of this line was invoiced to the customer (EL-01).", at)];
  if (evaluated.decision === "APPROVAL" && line.authorizedAt && reasonCode !== line.reasonCode)
    return [
      refuse("POLICY_REFUSED", "For this reason somebody has to approve the return: cancel it and ask anew.", [
        ...at,
        "reasonCode",
      ]),
    ];
  return problemsOf(evaluated, at);
}
