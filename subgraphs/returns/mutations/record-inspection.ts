import { returnOf } from "#orchestration/facts.ts";
import { recordInspection as record } from "#orchestration/inspecting.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import { seesSite } from "#shared/caller.ts";
import type { Transaction } from "#shared/database.ts";
import { coded, refuse } from "#shared/errors.ts";
import { checkCode, checkSerials, checkPast, checkQuantity, checkText } from "../../kit/checks.ts";
import { actorOf, mutate, refused, type Refused, unlessRole } from "../../kit/mutation.ts";
import type { Context } from "../loaders.ts";
import type { MutationrecordInspectionArgs, RecordInspectionInput } from "../types.generated.ts";
import { type Told, writeTold } from "../keyed-by-hand.ts";
import { payloadOf, refusedPayload, type Written } from "../payload.ts";

type Recorded = Written & { more: { inspectionId: string | null } | undefined };

/** An inspection keyed by a person; policy says what its grade is worth (D-13). */
export async function recordInspection(_: unknown, { input }: MutationrecordInspectionArgs, context: Context) {
  const refusal = unlessRole(context, "recordInspection", "warehouse") ?? check(input);
  if (refusal) return { inspection: null, ...refusedPayload(refusal) };
  if (input.photoIds?.length) throw coded("NOT_AVAILABLE", { field: "photoIds" });
  const answer = await mutate<Recorded>(context, input, {
    name: "recordInspection",
    work: (tx) => write(tx, input, context),
  });
  if ("userErrors" in answer) return { inspection: null, ...refusedPayload(answer) };
  const payload = await payloadOf(answer.result, context);
  const inspection =
    payload.return?.inspections.find(({ inspectionId }) => inspectionId === answer.result.more?.inspectionId) ?? null;
  return { ...payload, inspection };
}

function check(input: RecordInspectionInput): Refused | null {
  const userErrors = [
    ...checkQuantity(input.quantity, ["quantity"]),
    ...checkCode("grades", input.grade, ["grade"]),
    ...checkText(input.findings, ["findings"]),
    ...checkSerials(input.serialNumbers, input.quantity, ["serialNumbers"]),
    ...checkPast(input.inspectedAt, ["inspectedAt"]),
  ];
  return userErrors.length > 0 ? { userErrors } : null;
}

const noLine = (): Refused => refused("NOT_FOUND", "There is no such receipt line.", ["receiptLineId"]);

async function write(tx: Transaction, input: RecordInspectionInput, context: Context) {
  const returnId = await returnOf(tx, input.receiptLineId);
  const none = noLine();
  return returnId ? writeTold(tx, { returnId, none }, context, (state) => tell(state, input, context)) : none;
}

function tell(
  state: ReturnState,
  input: RecordInspectionInput,
  { caller, policies }: Context,
): Told & { more?: { inspectionId: string | null } } {
  const receipt = state.receipts.find(({ lines }) =>
    lines.some(({ receiptLineId }) => receiptLineId === input.receiptLineId),
  );
  const line = receipt?.lines.find(({ receiptLineId }) => receiptLineId === input.receiptLineId);
  if (!receipt || !line || !seesSite(caller, receipt.warehouse)) return noLine();
  const { receiptLineId, grade, findings = null, serialNumbers, inspectedAt } = input;
  const result = record(
    state,
    {
      ...{
        receiptLineId,
        number: null,
        revision: 1,
        quantity: { value: input.quantity.value, unit: input.quantity.unit },
        grade,
        condition: null,
        findings,
      },
      ...{ serialNumbers: serialNumbers ?? [], lotNumber: line.lotNumber, inspector: actorOf(caller), manual: true },
      ...{ inspectedAt: new Date(inspectedAt).toISOString(), photos: [] },
    },
    policies,
  );
  if ("refused" in result)
    return { userErrors: [refuse(result.refused.code, result.refused.message, result.refused.field)] };
  return { facts: result.facts, tasks: result.tasks, more: { inspectionId: result.inspectionId } };
}
