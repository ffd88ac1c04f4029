import { decideApproval as decide } from "#orchestration/approving.ts";
import { raiseTask } from "#orchestration/exceptions.ts";
import { openReturn, type OpenReturn, returnOf } from "#orchestration/facts.ts";
import type { ApprovalState, ReturnState } from "#orchestration/return-state.ts";
import type { Transaction } from "#shared/database.ts";
import { Fraction, isDecimal, sum } from "#shared/decimal.ts";
import { checkText } from "../../kit/checks.ts";
import { mutate, refused, type Refused, stampOf } from "../../kit/mutation.ts";
import { rowOf, seesAnything, seesRow } from "../../kit/scope.ts";
import type { Context } from "../loaders.ts";
import { approvalById, currencyOfApproval } from "../parts.ts";
import type { DecideApprovalInput, MoneyInput, MutationdecideApprovalArgs, QuantityInput } from "../types.generated.ts";
import { payloadOf, refusedPayload, type Written, writtenBy } from "../payload.ts";

/** Decides an approval of any kind: by the role it asks for, with four eyes along the chain (D-23, D-24, W-08). */
export async function decideApproval(_: unknown, { input }: MutationdecideApprovalArgs, context: Context) {
  const problems = checkText(input.note, ["note"]);
  if (problems.length > 0) return { approval: null, ...refusedPayload({ userErrors: problems }) };
  const answer = await mutate<Written>(context, input, {
    name: "decideApproval",
    work: (tx) => write(tx, input, context),
  });
  if ("userErrors" in answer) return { approval: null, ...refusedPayload(answer) };
  const payload = await payloadOf(answer.result, context);
  return { ...payload, approval: await approvalById({ id: input.id }, context) };
}

const noApproval = () => refused("NOT_FOUND", "There is no such approval.", ["id"]);

async function write(tx: Transaction, input: DecideApprovalInput, context: Context) {
  const { id, decision, note = null } = input;
  const returnId = await returnOf(tx, id);
  if (!returnId) return noApproval();
  const open = await openReturn(tx, returnId);
  const { state } = open;
  const { caller } = context;
  const approval =
    seesAnything(caller) &&
    seesRow(caller, rowOf(state)) &&
    state.approvals.find(({ approvalId }) => approvalId === id);
  const wrong = approval ? sawSomethingElse(state, approval, input) : noApproval();
  if (wrong || !approval) return wrong ?? noApproval();
  const by = { id: caller.id, kind: caller.kind, roles: caller.roles };
  const decided = decide(state, id, decision, by, { note, now: open.now });
  if ("refused" in decided) return refused(decided.refused.code, decided.refused.message, ["id"]);
  open.add(stampOf(context), decided.facts);
  if (decision === "DECLINE") await askForTheGoods(tx, { returnId, approval, open }, context);
  const changed = await open.save();
  return { result: writtenBy(returnId, changed), changed };
}

/** Goods that are in stock and get no credit are nobody's otherwise: finance says what becomes of them. */
async function askForTheGoods(
  tx: Transaction,
  { returnId, approval: { subject }, open }: { returnId: string; approval: ApprovalState; open: OpenReturn },
  context: Context,
): Promise<void> {
  if (!("creditId" in subject)) return;
  const task = {
    code: "STOCK_WITHOUT_CREDIT",
    summary: "The credit was declined after the goods were taken in; say what becomes of them.",
    cause: `${subject.creditId}:declined`,
    returnId,
  } as const;
  await raiseTask(tx, task, stampOf(context), open);
}

/** Who decided on another amount or quantity than it is about has not seen the decision (W-08). */
function sawSomethingElse(
  state: ReturnState,
  approval: ApprovalState,
  { amount, quantity }: DecideApprovalInput,
): Refused | null {
  if (amount && !isAmount(amount, approval.amount, currencyOfApproval(state, approval)))
    return refused("CONFLICT", "The approval is about another amount.", ["amount"]);
  if (quantity && !isQuantity(quantity, quantitiesOf(state, approval)))
    return refused("CONFLICT", "The approval is about another quantity.", ["quantity"]);
  return null;
}

const same = (given: unknown, known: Fraction): boolean =>
  typeof given === "string" && isDecimal(given) && new Fraction(given).equals(known);
const isAmount = ({ amount, currency }: MoneyInput, known: string | null, inCurrency: string | null): boolean =>
  known !== null && currency === inCurrency && same(amount, new Fraction(known));
const isQuantity = ({ value, unit }: QuantityInput, known: { value: string; unit: string }[]): boolean =>
  known.length > 0 &&
  known.every((one) => one.unit === unit) &&
  same(value, sum(known.map((one) => new Fraction(one.value))));

function quantitiesOf(state: ReturnState, { subject }: ApprovalState): { value: string; unit: string }[] {
  if ("creditId" in subject)
    return (
      state.credits.find(({ creditId }) => creditId === subject.creditId)?.lines.map(({ quantity }) => quantity) ?? []
    );
  if ("replacementId" in subject)
    return (
      state.replacements
        .find(({ replacementId }) => replacementId === subject.replacementId)
        ?.lines.map(({ quantity }) => quantity) ?? []
    );
  if ("lineIds" in subject)
    return state.lines
      .filter(({ id }) => subject.lineIds.includes(id))
      .map(({ requestedQuantity }) => requestedQuantity);
  if ("over" in subject) return subject.over.map(({ quantity }) => quantity);
  return state.inspections
    .filter(({ inspectionId }) => inspectionId === subject.inspectionId)
    .map(({ quantity }) => quantity);
}
