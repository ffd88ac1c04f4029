import {
  AmbiguousOutcome,
  BusinessRefusal,
  type FailureCode,
  ProgramBug,
  type SystemFailure,
  TransientFailure,
} from "#shared/errors.ts";

/** What Salesforce's error codes mean; messages are localised and only told on. */
const business: Record<string, FailureCode> = {
  FIELD_CUSTOM_VALIDATION_EXCEPTION: "CASE_REFUSED",
  FIELD_FILTER_VALIDATION_EXCEPTION: "CASE_REFUSED",
  DUPLICATES_DETECTED: "CASE_REFUSED",
  ENTITY_IS_DELETED: "CASE_REFUSED",
  ENTITY_IS_LOCKED: "CASE_REFUSED",
  INVALID_CROSS_REFERENCE_KEY: "CASE_REFUSED",
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: "CASE_REFUSED",
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: "CASE_REFUSED",
};
const passing: Record<string, FailureCode> = {
  UNABLE_TO_LOCK_ROW: "CHANGED_MEANWHILE",
  // Two upserts of one key at once: the second finds the record when it asks again.
  DUPLICATE_VALUE: "CHANGED_MEANWHILE",
  SERVER_UNAVAILABLE: "UNAVAILABLE",
  QUERY_TIMEOUT: "UNAVAILABLE",
};

export type Refused = { system: string; status: number; body: unknown; text: string; limitPauseMs: number };

/** An answer, or a part of one, that is no success → the failure that it is. */
export function refusalOf({ system, status, body, text, limitPauseMs }: Refused): SystemFailure {
  const facts = { system, vendorText: `${status} ${text.slice(0, 4_000)}` };
  const { code, message } = firstError(body);
  if (code === "REQUEST_LIMIT_EXCEEDED")
    return new TransientFailure({ ...facts, code: "RATE_LIMITED", retryAfterMs: pauseOf(message, limitPauseMs) });
  if (status === 401 || status === 403) return new ProgramBug({ ...facts, code: "ACCESS_REFUSED" });
  if (status === 300) return new BusinessRefusal({ ...facts, code: "TWO_DOCUMENTS_FOUND" });
  if (passing[code]) return new TransientFailure({ ...facts, code: passing[code] });
  if (business[code]) return new BusinessRefusal({ ...facts, code: business[code] });
  if (status >= 500) return new AmbiguousOutcome({ ...facts, code: "OUTCOME_UNKNOWN" });
  return new ProgramBug({ ...facts, code: status === 404 ? "NOT_FOUND" : "REQUEST_INVALID" });
}

/** Too many calls at once pass in a moment; the day's number does not, and the org does not say when the day ends. */
const pauseOf = (message: string, limitPauseMs: number): number => (/concurrent/i.test(message) ? 2_000 : limitPauseMs);

/** The code of the first error that a body lists; "" where it lists none. */
export function firstError(body: unknown): { code: string; message: string } {
  const [first] = Array.isArray(body) ? (body as unknown[]) : [];
  const { errorCode = "", message = "" } = (typeof first === "object" && first !== null ? first : {}) as Record<
    string,
    unknown
  >;
  return { code: String(errorCode), message: String(message) };
}

/** The failure was told so by a part of it that is a duplicate of a unique key. */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof TransientFailure && (error.vendorText ?? "").includes("DUPLICATE_VALUE");
