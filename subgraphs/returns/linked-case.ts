import { refuse, type UserError } from "#shared/errors.ts";
import { parseForeignId } from "#shared/ids.ts";
import { readThrough } from "#shared/snapshots.ts";
import type { RequestContext } from "../kit/context.ts";

const field = ["caseId"];
const noSuchCase = (): LinkedCase => wrong(refuse("NOT_FOUND", "There is no such case.", field));

/** `customerNumber` is null where nobody says whose case it is. */
export type LinkedCase = { userErrors: UserError[]; customerNumber: string | null };
const known = (customerNumber: string | null = null): LinkedCase => ({ userErrors: [], customerNumber });
const wrong = (error: UserError): LinkedCase => ({ userErrors: [error], customerNumber: null });

/**
 * What is wrong with the case that a request comes from: it must be one that the CRM of the order's company has (D-31). While the CRM does not answer
 * and nothing is known of the case its word is not waited for: the return is linked, and a case that isn't there becomes a task when it is told of it.
 */
export async function checkCase(
  caseId: string | null | undefined,
  companyId: string,
  context: RequestContext,
): Promise<LinkedCase> {
  if (caseId === null || caseId === undefined) return known();
  // Cases are for people of ours.
  if (context.caller.kind === "PARTNER") return noSuchCase();
  const id = parseForeignId(caseId);
  if (id?.record !== "crm.case" || id.line !== null) return noSuchCase();
  if (id.company !== companyId)
    return wrong(refuse("INVALID_INPUT", "The case is of another company than the order.", field));
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
  const answer = found.get(id.number);
  if (!answer) return noSuchCase();
  return known(answer instanceof Error ? null : answer.value.customerNumber);
}

/** A case whose customer is known is of the customer who bought the goods; while the ERP is away that can't be told. */
export const isOfAnother = ({ customerNumber }: LinkedCase, buyer: string): boolean =>
  customerNumber !== null && customerNumber.trim().toUpperCase() !== buyer.toUpperCase();
export const ofAnotherCustomer = (): UserError =>
  refuse("INVALID_INPUT", "The case is of another customer than the order.", field);
