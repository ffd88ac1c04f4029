import { AmbiguousOutcome, ProgramBug, type SystemFailure } from "#shared/errors.ts";
import { firstError } from "./refusals.ts";
import type { PartAnswer } from "./wire.ts";

/** A part of a composite write; `path` is what stands below `/sobjects/`. `@{other.id}` makes it wait for another: their order is not promised otherwise. */
export type Part = {
  referenceId: string;
  method: "POST" | "PATCH";
  path: string;
  body: Record<string, unknown>;
};

/** By external id; the key is ours, and escaped anyway. */
export const upsert = (referenceId: string, object: string, key: string, body: Part["body"]): Part => ({
  referenceId,
  method: "PATCH",
  path: `${object}/Key__c/${encodeURIComponent(key)}`,
  body,
});
export const create = (referenceId: string, object: string, body: Part["body"]): Part => ({
  referenceId,
  method: "POST",
  path: object,
  body,
});
export const update = (referenceId: string, object: string, id: string, body: Part["body"]): Part => ({
  referenceId,
  method: "PATCH",
  path: `${object}/${encodeURIComponent(id)}`,
  body,
});

/** The answers, one for each part, all of them good; throws the failure of the part that the others were rolled back for. */
export function wholeAnswer(
  system: string,
  parts: readonly Part[],
  answers: PartAnswer[],
  refusal: (failed: PartAnswer) => SystemFailure,
): PartAnswer[] {
  const failed = answers.filter(({ httpStatusCode }) => httpStatusCode < 200 || httpStatusCode >= 300);
  const cause = failed.find(({ body }) => firstError(body).code !== "PROCESSING_HALTED");
  if (cause) throw refusal(cause);
  const vendorText = JSON.stringify(answers).slice(0, 4_000);
  if (failed.length > 0) throw new ProgramBug({ system, code: "REQUEST_INVALID", vendorText });
  const isWhole = parts.every((part) => answers.some(({ referenceId }) => referenceId === part.referenceId));
  if (!isWhole) throw new AmbiguousOutcome({ system, code: "OUTCOME_UNKNOWN", vendorText });
  return answers;
}
