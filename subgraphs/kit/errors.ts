import { GraphQLError } from "graphql";
import { type CodedError, catalogue, coded, type ErrorCode, forClient } from "#shared/errors.ts";
import type { Log } from "#shared/log.ts";
import { failActiveSpan } from "#shared/tracing.ts";

type Execution = { data?: unknown; errors?: readonly GraphQLError[]; statusCode?: number };
type Shown = { message: string; locations?: unknown; path?: unknown; extensions: Record<string, unknown> };

/**
 * What mercurius answers when something went wrong: codes of the catalogue, everything else masked and logged once with its cause (G-15).
 * Parse, validation and variable errors are HTTP 400, execution errors 200.
 */
export function createErrorFormatter(log: Log) {
  return (execution: Execution, context: object | undefined) => {
    const { correlationId } = (context ?? {}) as { correlationId?: string };
    const all = (execution.errors ?? []).flatMap(unwrap);
    const errors = all.map((error) => show(error, correlationId, log));
    if (errors[0]) failActiveSpan(String(errors[0].extensions["code"]));
    const statusCode = execution.data ? 200 : statusOf(execution);
    return { statusCode, response: { data: (execution.data ?? null) as object | null, errors } as never };
  };
}

/** Mercurius puts all validation errors of a request into one. */
function unwrap(error: GraphQLError): GraphQLError[] {
  const inner = (error.originalError as { errors?: unknown } | undefined)?.errors;
  return Array.isArray(inner) ? (inner as GraphQLError[]) : [error];
}

function show(error: GraphQLError, correlationId: string | undefined, log: Log): Shown {
  const { message, extensions } = codedOf(error, log, correlationId);
  const { locations, path } = error;
  const where = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  return { message, ...where, extensions: { ...extensions, ...(correlationId ? { correlationId } : {}) } };
}

function codedOf(error: GraphQLError, log: Log, correlationId: string | undefined): CodedError {
  if (isOfRequest(error)) return coded(requestCode(error), { problem: error.message });
  if (isUnkeepable(error.originalError))
    return coded("BAD_USER_INPUT", { problem: "A text has a character that can't be kept (U+0000)." });
  const shown = forClient(error.originalError ?? error);
  if (shown.code === "INTERNAL_SERVER_ERROR" || shown.cause !== undefined) {
    log[shown.code === "INTERNAL_SERVER_ERROR" ? "error" : "warn"](
      { err: error.originalError ?? error, path: error.path, correlationId, code: shown.code },
      "a field could not be answered",
    );
  }
  return shown;
}

/** PostgreSQL takes no U+0000: character_not_in_repertoire, untranslatable_character. */
const isUnkeepable = (error: unknown): boolean =>
  ["22021", "22P05"].includes(String((error as { code?: unknown } | undefined)?.code));

/** Errors about the request itself have no path, and their text is the engine's. */
const isOfRequest = (error: GraphQLError): boolean =>
  !error.path &&
  (error instanceof GraphQLError ? !error.originalError : true) &&
  !(error as { code?: string }).code?.startsWith("ERR");

function requestCode({
  message,
  extensions,
}: GraphQLError): "GRAPHQL_PARSE_FAILED" | "GRAPHQL_VALIDATION_FAILED" | "BAD_USER_INPUT" {
  if (message.startsWith("Syntax Error")) return "GRAPHQL_PARSE_FAILED";
  if (message.startsWith("Variable ")) return "BAD_USER_INPUT";
  return extensions?.["code"] === "BAD_USER_INPUT" ? "BAD_USER_INPUT" : "GRAPHQL_VALIDATION_FAILED";
}

function statusOf({ errors = [], statusCode }: Execution): number {
  const told =
    errors.length === 1 ? (errors[0]?.originalError as { statusCode?: unknown } | undefined)?.statusCode : undefined;
  return typeof told === "number" ? told : (statusCode ?? 200);
}

/** The body of an answer that never reached the engine. */
export const refusal = (code: ErrorCode): object => ({
  data: null,
  errors: [{ message: catalogue[code].message, extensions: { code, retryable: catalogue[code].retryable } }],
});

/** A field that no built part fills yet (G-23). */
export const notAvailable = (field: string) => () => {
  throw coded("NOT_AVAILABLE", { field });
};
