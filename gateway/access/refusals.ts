import { type CodedError, coded } from "#shared/errors.ts";

/** A refusal with a sentence that says what is wrong with the caller's credentials; never with the credentials themselves. */
export function refusal(code: "UNAUTHENTICATED" | "FORBIDDEN", sentence: string, cause?: unknown): CodedError {
  const error = coded(code, {}, { cause });
  error.message = sentence;
  return error;
}
