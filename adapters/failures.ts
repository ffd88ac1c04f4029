import { AmbiguousOutcome, SystemFailure, TransientFailure, type FailureFacts } from "#shared/errors.ts";
import { CallerLeft } from "./deadline.ts";

/** Errors of the connection's set-up: nothing of the request was written. */
const beforeSending = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Vendor text is kept for the log and `documents`, cut to this. */
const keptText = 4_000;

type Sent = { system: string; write: boolean };

/** A write that got no usable answer may have been done; a read can simply be asked again (W-04). */
function noUsableAnswer({ system, write }: Sent, facts: Partial<FailureFacts> = {}): SystemFailure {
  return write
    ? new AmbiguousOutcome({ system, code: "OUTCOME_UNKNOWN", ...facts })
    : new TransientFailure({ system, code: "NO_ANSWER", ...facts });
}

/** What the network did to a request that was under way. */
export function networkFailure(sent: Sent, cause: unknown): SystemFailure {
  const code = (cause as { code?: string }).code ?? "";
  const isBefore = beforeSending.has(code) || code.startsWith("CERT_") || code.startsWith("ERR_TLS");
  return isBefore
    ? new TransientFailure({ system: sent.system, code: "CONNECTION_REFUSED", cause })
    : noUsableAnswer(sent, { cause });
}

/** 408, 429 and 5xx mean the same with every vendor (W-04); any other status is the vendor's to read. */
export function statusFailure(
  sent: Sent,
  answer: { status: number; text: string; retryAfterMs?: number | undefined },
): SystemFailure | null {
  const { status, retryAfterMs } = answer;
  const facts = { system: sent.system, vendorText: `${status} ${answer.text.slice(0, keptText)}`, retryAfterMs };
  if (status === 429) return new TransientFailure({ ...facts, code: "RATE_LIMITED" });
  if (status === 503) return new TransientFailure({ ...facts, code: "UNAVAILABLE" });
  if (status === 408 || status >= 500)
    return noUsableAnswer(sent, sent.write ? facts : { ...facts, code: "UNAVAILABLE" });
  return null;
}

/** Whether the breaker counts it: no connection, no answer, 408, 5xx; not 429, not a caller who went away. */
export const countsAgainst = (error: unknown): boolean =>
  error instanceof SystemFailure && error.code !== "RATE_LIMITED" && !(error.cause instanceof CallerLeft);

/** `Retry-After` in seconds or as a date → ms; undefined where it is absent or unreadable. */
export function readRetryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Math.min(Number(header), 86_400) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
