import { type ExceptionCode, exceptionMessage } from "./exception-codes.ts";

export type { ExceptionCategory, ExceptionCode } from "./exception-codes.ts";

/** What a client may see at the top level: `extensions.code`, its sentence, and whether asking again can help. `{name}` is filled from details. */
export const catalogue = {
  UNAUTHENTICATED: { message: "Sign in: the bearer token or API key is missing or not valid.", retryable: false },
  FORBIDDEN: { message: "This caller may not do or see that.", retryable: false },
  BAD_USER_INPUT: { message: "{problem}", retryable: false },
  GRAPHQL_PARSE_FAILED: { message: "{problem}", retryable: false },
  GRAPHQL_VALIDATION_FAILED: { message: "{problem}", retryable: false },
  DOCUMENT_REQUIRED: { message: "This client may send ids of trusted documents only.", retryable: false },
  DOCUMENT_UNKNOWN: { message: "There is no trusted document {documentId}.", retryable: false },
  // The sentence that clients of automatic persisted queries look for: they send the document then.
  PERSISTED_QUERY_NOT_FOUND: { message: "PersistedQueryNotFound", retryable: false },
  TOO_COSTLY: { message: "The document costs {cost}; this caller may spend {limit}.", retryable: false },
  RATE_LIMITED: { message: "Too many requests; ask again in {retryAfterMs} ms.", retryable: true },
  OVERLOADED: { message: "The gateway is at its limit; ask again shortly.", retryable: true },
  SYSTEM_UNAVAILABLE: { message: "{system} does not answer at the moment.", retryable: true },
  AMBIGUOUS_NUMBER: { message: "Several companies have the number {number}; name the company.", retryable: false },
  NOT_AVAILABLE: { message: "The part that fills {field} is not built yet.", retryable: false },
  CURSOR_INVALID: { message: "The cursor is not one of this stream.", retryable: false },
  CURSOR_EXPIRED: { message: "What the cursor points at is no longer kept; start again without it.", retryable: false },
  INTERNAL_SERVER_ERROR: {
    message: "Something went wrong on our side; name the correlation id when you report it.",
    retryable: false,
  },
  // Between gateway and subgraphs.
  INTERNAL_TOKEN_INVALID: {
    message: "The gateway's token is missing, expired or for another subgraph.",
    retryable: false,
  },
  // Intake (wires.md, section 5).
  BODY_INVALID: { message: "The body can't be read: {problem}", retryable: false },
  SIGNATURE_INVALID: { message: "No signature of this delivery matches.", retryable: false },
  TIMESTAMP_STALE: { message: "webhook-timestamp is {age} s old; at most {limit} s are accepted.", retryable: false },
  SYSTEM_UNKNOWN: { message: "There is no system {system}.", retryable: false },
  METHOD_NOT_ALLOWED: { message: "{method} is not taken here.", retryable: false },
  REQUEST_TIMEOUT: { message: "The body did not arrive within {seconds} s.", retryable: true },
  BODY_TOO_LARGE: { message: "The body is over {limit} bytes.", retryable: false },
  UNAVAILABLE: { message: "Not ready to take this now; send it again.", retryable: true },
} as const;

export type ErrorCode = keyof typeof catalogue;
type Fields<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Fields<Rest> : never;
type Value = string | number;
/** The details a code's sentence needs; more may be given and are shown to the client as extensions. */
export type Details<Code extends ErrorCode> = Record<Fields<(typeof catalogue)[Code]["message"]>, Value> &
  Record<string, unknown>;

/** An error that a client may see as it is: a code of the catalogue, its sentence, and details without vendor text (G-15). */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, details: Record<string, unknown>, options: ErrorOptions = {}) {
    super(fill(catalogue[code].message, details), options);
    this.name = "CodedError";
    this.code = code;
    this.retryable = catalogue[code].retryable;
    this.details = details;
  }

  /** graphql-js copies this into the error it reports. */
  get extensions(): Record<string, unknown> {
    const { problem: _, ...shown } = this.details;
    return { ...shown, code: this.code, retryable: this.retryable };
  }
}

/** Makes the error of a code; the compiler asks for the details that the sentence names. Keep what was caught as `cause`. */
export function coded<Code extends ErrorCode>(
  code: Code,
  ...[details, options]: Fields<(typeof catalogue)[Code]["message"]> extends never
    ? [details?: Record<string, unknown>, options?: ErrorOptions]
    : [details: Details<Code>, options?: ErrorOptions]
): CodedError {
  return new CodedError(code, details ?? {}, options);
}

/** A read could not be had from a system: SYSTEM_UNAVAILABLE, retryable. */
export class SystemUnavailable extends CodedError {
  constructor(system: string, options: ErrorOptions = {}) {
    super("SYSTEM_UNAVAILABLE", { system }, options);
  }
}

function fill(template: string, details: Record<string, unknown>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? name));
}

// ── A call to a system fails in one of four ways ────────────────────────────────────────────────────────────────────

const failureMessages = {
  CONNECTION_REFUSED: "{system} refused the connection.",
  RATE_LIMITED: "{system} asked us to slow down.",
  UNAVAILABLE: "{system} is not available.",
  NO_ANSWER: "{system} did not answer in time.",
  WINDOW_CLOSED: "{system} takes nothing in the window that is set for it.",
  CIRCUIT_OPEN: "{system} failed too often lately; calls are held back.",
  LIMIT_REACHED: "Too many calls to {system} are under way.",
  CHANGED_MEANWHILE: "The record in {system} changed meanwhile.",
  RESPONSE_INVALID: "{system} answered something we can't read.",
  REQUEST_INVALID: "{system} says that our request is malformed.",
  ACCESS_REFUSED: "{system} does not accept our credentials.",
  NOT_FOUND: "{system} has no such record.",
  ADDRESS_INCOMPLETE: "{system} needs the whole address: street, postal code and country.",
  CURSOR_EXPIRED: "{system} does not keep its feed back to there.",
} as const;

export type FailureKind = "TRANSIENT" | "AMBIGUOUS" | "BUSINESS" | "BUG";
export type FailureCode = keyof typeof failureMessages | ExceptionCode;
export interface FailureFacts {
  system: string;
  code: FailureCode;
  /** What the vendor said, for `documents` and the log; it never reaches a client (G-15). */
  vendorText?: string | undefined;
  /** When the system told us: not before so many milliseconds. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** The parent of the four; `kind` tells the worker what to do next. */
export abstract class SystemFailure extends Error {
  abstract readonly kind: FailureKind;
  readonly system: string;
  readonly code: FailureCode;
  readonly vendorText: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor({ system, code, vendorText, retryAfterMs, cause }: FailureFacts) {
    super(failureMessage(code, system), { cause });
    this.name = new.target.name;
    this.system = system;
    this.code = code;
    this.vendorText = vendorText;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Nothing was done; the same call later may succeed (429, refused connection, breaker open, a read that timed out). */
export class TransientFailure extends SystemFailure {
  readonly kind = "TRANSIENT";
}

/** A write that may or may not have been done: look it up, never send it blindly again (W-04). */
export class AmbiguousOutcome extends SystemFailure {
  readonly kind = "AMBIGUOUS";
}

/** The system said no, for a reason of its business: an exception task with an owner. */
export class BusinessRefusal extends SystemFailure {
  readonly kind = "BUSINESS";
}

/** Our side is wrong: we sent or understood something that the contract doesn't have. */
export class ProgramBug extends SystemFailure {
  readonly kind = "BUG";
}

function failureMessage(code: FailureCode, system: string): string {
  return fill(
    code in failureMessages
      ? failureMessages[code as keyof typeof failureMessages]
      : exceptionMessage(code as ExceptionCode),
    { system },
  );
}

/** Any error → what a client may see: coded errors as they are, a system's failure as SYSTEM_UNAVAILABLE, everything else masked; the cause stays for the log. */
export function forClient(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  if (error instanceof SystemFailure) return new SystemUnavailable(error.system, { cause: error });
  return new CodedError("INTERNAL_SERVER_ERROR", {}, { cause: error });
}

// ── What the business expects is a value ────────────────────────────────────────────────────────────────────────────

const userErrorCodes = [
  "INVALID_INPUT",
  "NOT_FOUND",
  "NOT_ALLOWED",
  "POLICY_REFUSED",
  "QUANTITY_EXCEEDED",
  "UNKNOWN_CODE",
  "CONFLICT",
  "AMBIGUOUS_NUMBER",
  "IDEMPOTENCY_KEY_REUSED",
  "TRY_AGAIN",
] as const;
export type UserErrorCode = (typeof userErrorCodes)[number];
export interface UserError {
  code: UserErrorCode;
  message: string;
  /** The path into the input: `["lines", "0", "quantity"]`. */
  field: string[];
}

/** A refusal for a payload's `userErrors`. */
export function refuse(code: UserErrorCode, message: string, field: string[] = []): UserError {
  return { code, message, field };
}
