import { BusinessRefusal, type FailureCode, ProgramBug, type SystemFailure, TransientFailure } from "#shared/errors.ts";
import type { HttpAnswer } from "../../http.ts";

/** What Business Central's error codes mean (wires section 2); messages are localised and never looked at. */
const business: Record<string, FailureCode> = {
  Application_DialogException: "POSTING_REFUSED",
  Application_FieldValidationException: "POSTING_REFUSED",
  Internal_InvalidTableRelation: "UNKNOWN_CODE",
  Internal_EntityWithSameKeyExists: "POSTING_REFUSED",
};
const stale = new Set(["Request_EntityChanged", "BadRequest_InvalidToken"]);

/** An answer that is no success, below 500 and neither 408 nor 429 → the failure that it is. */
export function refusalOf(system: string, { status, text }: HttpAnswer): SystemFailure {
  const facts = { system, vendorText: `${status} ${text.slice(0, 4_000)}` };
  const code = errorCode(text);
  if (status === 401 || status === 403) return new ProgramBug({ ...facts, code: "ACCESS_REFUSED" });
  if (status === 404 && code === "Internal_RecordNotFound") return new ProgramBug({ ...facts, code: "NOT_FOUND" });
  if (status === 409 || status === 412 || stale.has(code))
    return new TransientFailure({ ...facts, code: "CHANGED_MEANWHILE" });
  const meaning = business[code];
  if (meaning !== undefined) return new BusinessRefusal({ ...facts, code: meaning });
  return new ProgramBug({ ...facts, code: "REQUEST_INVALID" });
}

export const isNotFound = (error: unknown): boolean => error instanceof ProgramBug && error.code === "NOT_FOUND";
export const isStale = (error: unknown): boolean =>
  error instanceof TransientFailure && error.code === "CHANGED_MEANWHILE";

function errorCode(text: string): string {
  try {
    const body = JSON.parse(text) as { error?: { code?: unknown } };
    return String(body.error?.code ?? "");
  } catch {
    return "";
  }
}
