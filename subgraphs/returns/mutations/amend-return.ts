import { isDeepStrictEqual } from "node:util";
import { allowedActions } from "#orchestration/allowed-actions.ts";
import { lockAllocations } from "#orchestration/allocations.ts";
import { evaluateAmended, knownKeys, knownRoom } from "#orchestration/amended-eligibility.ts";
import type { AskedAddition } from "#orchestration/adding-lines.ts";
import {
  type Amendment,
  amendmentFacts,
  amendmentOf,
  type Judged as ToJudge,
  replacementProblems,
  toJudge,
} from "#orchestration/amending.ts";
import { allocationKeys, type OrderHistory } from "#orchestration/eligibility.ts";
import { changeReturn } from "#orchestration/facts.ts";
import type { EvaluatedLine } from "#orchestration/facts-vocabulary.ts";
import type { LineState, ReturnState } from "#orchestration/return-state.ts";
import { findAddress, saveAddress } from "#orchestration/return-addresses.ts";
import type { Db, Transaction } from "#shared/database.ts";
import { coded, refuse, SystemUnavailable, type UserError } from "#shared/errors.ts";
import { newId, parseForeignId } from "#shared/ids.ts";
import { fromBase } from "#shared/quantity.ts";
import { mutate, refused, type Refused, stampOf, unlessRole } from "../../kit/mutation.ts";
import { rowOf, seesRow } from "../../kit/scope.ts";
import { addedLines, checkAmendment, postalAddress } from "../amended.ts";
import { readHistory } from "../erp-history.ts";
import { missing, problemsOf } from "../judging.ts";
import type { Context } from "../loaders.ts";
import { openElsewhere } from "../open-serials.ts";
import { payloadOf, refusedPayload, type Written, writtenBy } from "../payload.ts";
import type { AmendReturnInput, MutationamendReturnArgs } from "../types.generated.ts";

/** What the ERP says, as far as policy has to be asked. Null: it has no such order; `down`: it did not answer in time. */
type History = OrderHistory | null | "down" | "not needed";
type Judged = { evaluated: EvaluatedLine[] } | Refused;
/** What is asked for, with ids for the lines and the address that come to it. */
type Asked = AmendReturnInput & { added: AskedAddition[]; addressId: string | null };

/**
 * Changes quantities, reasons, the resolution or the sender's address of a return that is under way, or adds lines of its order, on the version that the caller
 * saw. What was received stays; what more is asked for is judged by policy on the ERP's history, by amend-return where the ERP is away (D-10, D-14, D-30, W-08).
 */
export async function amendReturn(_: unknown, { input }: MutationamendReturnArgs, context: Context) {
  const notAllowed = unlessRole(context, "amendReturn", "service", "supervisor");
  if (notAllowed) return refusedPayload(notAllowed);
  const problems = checkAmendment(input);
  if (problems.length > 0) return refusedPayload({ userErrors: problems });
  refuseUnbuilt(input);
  const asked = { ...input, added: addedLines(input), addressId: input.address ? newId("adr") : null };
  const answer = await mutate<Written, History>(context, input, {
    name: "amendReturn",
    read: () => readWhatItNeeds(asked, context),
    work: (tx, history) => write(tx, { asked, history }, context),
  });
  return "userErrors" in answer ? refusedPayload(answer) : payloadOf(answer.result, context);
}

/** What the goods are settled with, other than money and the same again, has an issue of its own (G-23). */
function refuseUnbuilt({ resolution, addLines }: AmendReturnInput): void {
  const wanted = [resolution, ...(addLines ?? []).map((line) => line.resolution)];
  const other = wanted.find((one) => one && one !== "CREDIT" && one !== "REPLACE");
  if (other) throw coded("NOT_AVAILABLE", { field: `resolution ${other}` });
}

/** On the return as it is; that it still is so is seen under its lock, by its version. */
async function readWhatItNeeds(asked: Asked, context: Context): Promise<History | Refused> {
  const state = await context.loaders.returnById.clear(asked.id).load(asked.id);
  if (!state || state instanceof Error) return noSuchReturn();
  const amendment = readable(state, await unlessTheSame(context.db, state, asked), context);
  if ("userErrors" in amendment) return amendment;
  if (toJudge(amendment).length === 0) return "not needed";
  return readHistory({ companyId: state.companyId, orderNumber: state.orderNumber }, context);
}

/** The address that is known already is no change: nobody needs another label for it. */
async function unlessTheSame(db: Db | Transaction, state: ReturnState, asked: Asked): Promise<Asked> {
  if (!asked.address || !state.addressId) return asked;
  const known = await findAddress(db, state.addressId);
  return isDeepStrictEqual(known, postalAddress(asked.address)) ? { ...asked, addressId: null } : asked;
}

const noSuchReturn = (): Refused => refused("NOT_FOUND", "There is no such return.", ["id"]);

function readable(state: ReturnState, asked: Asked, { caller }: Context): Amendment | Refused {
  if (!seesRow(caller, rowOf(state))) return noSuchReturn();
  if (state.version !== asked.expectedVersion)
    return refused("CONFLICT", `The return is at version ${state.version} by now: read it again.`, ["expectedVersion"]);
  const [reason] = allowedActions(state, caller).find(({ action }) => action === "amendReturn")?.reasons ?? [];
  return reason ? refused("CONFLICT", reason.message, ["id"]) : amendmentOf(state, asked);
}

type Request = { asked: Asked; history: History };

async function write(tx: Transaction, { asked, history }: Request, context: Context) {
  const changed = await changeReturn<Refused | null>(tx, asked.id, stampOf(context), async (state, { now }) => {
    const amendment = readable(state, await unlessTheSame(tx, state, asked), context);
    if ("userErrors" in amendment) return { facts: [], value: amendment };
    const unreplaced = replacementProblems(state, amendment, context.policies);
    if (unreplaced.length > 0) return { facts: [], value: { userErrors: unreplaced } };
    const judged = await judge(tx, state, amendment, { history, now, context });
    if ("userErrors" in judged) return { facts: [], value: judged };
    if (amendment.addressId && asked.address)
      await saveAddress(tx, state.id, { addressId: amendment.addressId, address: postalAddress(asked.address) });
    return {
      facts: amendmentFacts(state, amendment, { lines: judged.evaluated, policyVersion: context.policies.version }),
      value: null,
    };
  });
  return changed.value ?? { result: writtenBy(asked.id, changed), changed };
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
  const userErrors = [
    ...lines.flatMap((line) => problemsWith(line, found.get(line.line.id), history)),
    ...(await openElsewhere(
      tx,
      history,
      amendment.added.map(({ line }) => line),
      ["addLines"],
    )),
  ];
  return userErrors.length > 0 ? { userErrors } : { evaluated: [...found.values()] };
}

const keysOf = (state: ReturnState, lines: readonly ToJudge[]) =>
  knownKeys(
    state,
    lines.map(({ line }) => line),
  );

/** No more than is left by what was known last; the rest is for the ERP to say when it is back (D-30). A granted line's reason can't wait for that. */
async function judgeByWhatIsKnown(tx: Transaction, state: ReturnState, lines: readonly ToJudge[]): Promise<Judged> {
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
  { at, line, reasonCode }: ToJudge,
  evaluated: EvaluatedLine | undefined,
  history: OrderHistory,
): UserError[] {
  if (!evaluated && at[0] === "addLines") return missing(history, asOrdered(line), at);
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

const asOrdered = ({ orderLineId, requestedQuantity: quantity }: LineState) => ({
  sequence: parseForeignId(orderLineId)?.line ?? 0,
  quantity,
});
