import { refuse, type UserError } from "#shared/errors.ts";
import { parseForeignId } from "#shared/ids.ts";
import { readThrough } from "#shared/snapshots.ts";
import type { RequestContext } from "../kit/context.ts";

const field = ["caseId"];
const noSuchCase = (): UserError[] => [refuse("NOT_FOUND", "There is no such case.", field)];

/**
 * What is wrong with the case that a request comes from: it must be one that the CRM of the order's company has (D-31). While the CRM does not answer
 * and nothing is known of the case its word is not waited for: the return is linked, and a case that isn't there becomes a task when it is told of it.
 */
export async function checkCase(
  caseId: string | null | undefined,
  companyId: string,
  context: RequestContext,
): Promise<UserError[]> {
  if (caseId === null || caseId === undefined) return [];
  const id = parseForeignId(caseId);
  if (id?.record !== "crm.case" || id.line !== null) return noSuchCase();
  if (id.company !== companyId)
    return [refuse("INVALID_INPUT", "The case is of another company than the order.", field)];
  const crm = context.systems.crmOf(companyId);
  if (!crm) return noSuchCase();
  const deadlineMs = Math.min(context.call.deadlineMs ?? Infinity, context.config.internals.requestValidationMs);
  const call = { ...context.call, deadlineMs, signal: AbortSignal.timeout(deadlineMs) };
  const found = await readThrough(context, {
    system: crm.system,
    kind: "case",
    keys: [id.number],
    ask: (numbers) => crm.findCases(numbers, call),
    modifiedAt: ({ modifiedAt }) => modifiedAt,
  });
  return found.has(id.number) ? [] : noSuchCase();
}
