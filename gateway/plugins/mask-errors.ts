import type { GraphQLFormattedError } from "graphql";
import { catalogue, CodedError, type ErrorCode } from "#shared/errors.ts";
import { requestScope, type RequestScope } from "../request.ts";
import type { Watch } from "../telemetry/watch.ts";
import { errors } from "../telemetry/gateway-metrics.ts";

/** The codes of vocabulary.md section 5 that a client may see at the top level. */
const shown = new Set<string>([
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "BAD_USER_INPUT",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "DOCUMENT_REQUIRED",
  "DOCUMENT_UNKNOWN",
  "PERSISTED_QUERY_NOT_FOUND",
  "TOO_COSTLY",
  "RATE_LIMITED",
  "OVERLOADED",
  "SYSTEM_UNAVAILABLE",
  "AMBIGUOUS_NUMBER",
  "NOT_AVAILABLE",
  "CURSOR_INVALID",
  "CURSOR_EXPIRED",
] satisfies ErrorCode[]);

/** Codes of libraries that mean one of ours. */
const ours: Readonly<Record<string, ErrorCode>> = {
  BAD_REQUEST: "BAD_USER_INPUT",
  OPERATION_RESOLUTION_FAILURE: "BAD_USER_INPUT",
  INVALID_GRAPHQL: "BAD_USER_INPUT",
};
/** Between gateway and subgraph these are our own mistake, whatever the client sent. */
const ownMistakes = new Set<string>(["UNAUTHENTICATED", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"]);
const shownDetails = ["system", "retryAfterMs", "field", "number", "documentId", "cost", "limit", "reason"];

/** Any error → one of the catalogue, with `correlationId` and `retryable`; what is not of the catalogue is masked and logged once with its cause (G-15). */
export function maskError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const extensions = formatted.extensions ?? {};
  const code = codeOf(extensions, error);
  const scope = requestScope.getStore();
  const { message, retryable } = catalogue[code];
  const isMasked = code === "INTERNAL_SERVER_ERROR";
  count(scope?.watch, code, extensions["serviceName"]);
  if (isMasked) scope?.log.error({ err: error, correlationId: scope.correlationId }, "masked an error");
  return {
    message: isMasked ? message : shownMessage(formatted.message, scope),
    ...(formatted.locations ? { locations: formatted.locations } : {}),
    ...(formatted.path ? { path: formatted.path } : {}),
    extensions: {
      ...(isMasked ? {} : details(extensions)),
      code,
      correlationId: scope?.correlationId ?? null,
      retryable,
    },
  };
}

function count(watch: Watch | undefined, code: ErrorCode, subgraph: unknown): void {
  errors(code, typeof subgraph === "string" ? subgraph : "", watch?.operation ?? "").add();
  if (watch && watch.code === "") watch.code = code;
}

/** graphql-js guesses what was meant, which tells names of the schema. */
const shownMessage = (message: string, scope: RequestScope | undefined): string =>
  scope?.hidesSchema === true ? message.replace(/ Did you mean [^?]*\?/g, "") : message;

function codeOf(extensions: Record<string, unknown>, error: unknown): ErrorCode {
  const own = codedCause(error);
  if (own) return shown.has(own.code) ? own.code : "INTERNAL_SERVER_ERROR";
  const given = String(extensions["code"]);
  const code = ours[given] ?? given;
  const isOwnMistake = "serviceName" in extensions && ownMistakes.has(code);
  return shown.has(code) && !isOwnMistake ? (code as ErrorCode) : "INTERNAL_SERVER_ERROR";
}

function codedCause(error: unknown): CodedError | undefined {
  if (error instanceof CodedError) return error;
  return error instanceof Error && "originalError" in error ? codedCause(error.originalError) : undefined;
}

const details = (extensions: Record<string, unknown>) =>
  Object.fromEntries(shownDetails.filter((name) => name in extensions).map((name) => [name, extensions[name]]));
