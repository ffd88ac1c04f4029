import { changeDisposition as change } from "#orchestration/changing-disposition.ts";
import { dispositionById } from "#orchestration/dispositions.ts";
import { fellAway } from "#orchestration/exceptions.ts";
import { openReturn, returnOf, type OpenReturn } from "#orchestration/facts.ts";
import { seesCompany, seesSite } from "#shared/caller.ts";
import type { Transaction } from "#shared/database.ts";
import { checkCode, checkQuantity, checkText } from "../../kit/checks.ts";
import { mutate, refused, type Refused, stampOf, unlessRole } from "../../kit/mutation.ts";
import type { Context } from "../loaders.ts";
import { payloadOf, refusedPayload, type Written, writtenBy } from "../payload.ts";
import type { ChangeDispositionInput, MutationchangeDispositionArgs } from "../types.generated.ts";

/** Sends inspected goods somewhere else than was decided, until the warehouse has moved them (W-07); what was approved of the old decision is void (W-08). */
export async function changeDisposition(_: unknown, { input }: MutationchangeDispositionArgs, context: Context) {
  const refusal = unlessRole(context, "changeDisposition", "supervisor", "warehouse") ?? check(input);
  if (refusal) return refusedPayload(refusal);
  const answer = await mutate<Written>(context, input, {
    name: "changeDisposition",
    work: (tx) => write(tx, input, context),
  });
  return "userErrors" in answer ? refusedPayload(answer) : payloadOf(answer.result, context);
}

function check({ code, quantity, note }: ChangeDispositionInput): Refused | null {
  const userErrors = [
    ...checkCode("dispositions", code, ["code"]),
    ...checkQuantity(quantity, ["quantity"]),
    ...checkText(note, ["note"], { required: true }),
  ];
  return userErrors.length > 0 ? { userErrors } : null;
}

const none = () => refused("NOT_FOUND", "There is no such disposition.", ["dispositionId"]);

async function write(tx: Transaction, input: ChangeDispositionInput, context: Context) {
  const { dispositionId, code, quantity, note } = input;
  const returnId = await returnOf(tx, dispositionId);
  if (!returnId) return none();
  const open = await openReturn(tx, returnId);
  const known = dispositionById(open.state, dispositionId);
  const { caller } = context;
  if (!known || !seesCompany(caller, open.state.companyId) || !seesSite(caller, known.warehouse)) return none();
  const { value, unit } = quantity;
  const asked = change(open.state, { dispositionId, code, quantity: { value, unit }, note });
  if ("refused" in asked) return refused(asked.refused.code, asked.refused.message, asked.refused.field);
  const isBeingRead = await endHandMove(tx, { dispositionId, open }, context);
  if (isBeingRead) return isBeingRead;
  open.add(stampOf(context), asked.facts);
  const changed = await open.save();
  return { result: writtenBy(returnId, changed), changed };
}

/** Nobody is to book the old move any more; one that was booked already is read back first, for the goods are there now (D-02). */
async function endHandMove(
  tx: Transaction,
  { dispositionId, open }: { dispositionId: string; open: OpenReturn },
  context: Context,
): Promise<Refused | null> {
  if (dispositionById(open.state, dispositionId)?.adjusted) return null;
  const task = await tx
    .selectFrom("exceptions")
    .select(["id", "status", "resolution"])
    .where("cause", "=", `move-by-hand:${dispositionId}`)
    .orderBy("raised_at", "desc")
    .limit(1)
    .executeTakeFirst();
  if (task?.status === "RESOLVED" && task.resolution === "FIXED_OUTSIDE")
    return refused("CONFLICT", "Somebody has booked this move in the ERP; it is read back first.", ["dispositionId"]);
  if (task) await fellAway(tx, task.id, "The disposition was changed.", stampOf(context), open);
  return null;
}
