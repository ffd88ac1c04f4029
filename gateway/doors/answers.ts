import type { IncomingMessage, ServerResponse } from "node:http";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { CORRELATION_HEADER } from "#shared/caller.ts";
import { endEarly } from "#shared/answer-early.ts";
import { coded, type CodedError, forClient } from "#shared/errors.ts";
import { OperationRefused } from "../engine/operation-refused.ts";
import type { Answer } from "../engine/engine.ts";
import { privateHeaders } from "../plugins/cache-headers.ts";
import { maskError } from "../plugins/mask-errors.ts";
import type { RequestScope } from "../request.ts";
import { MEDIA, type MediaType } from "./media.ts";

/** A request that no GraphQL server can take: what is wrong, and the HTTP status that says so. */
class HttpRefusal extends Error {
  readonly status: number;
  readonly reason: CodedError;
  readonly headers: Record<string, string>;

  constructor(status: number, reason: CodedError, headers: Record<string, string> = {}) {
    super(reason.message);
    this.name = "HttpRefusal";
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

export const badRequest = (status: number, problem: string, headers?: Record<string, string>): HttpRefusal =>
  new HttpRefusal(status, coded("BAD_USER_INPUT", { problem }), headers);

/** Errors of well-formed requests: 200 for clients that ask for application/json, as GraphQL over HTTP says, 400 for the others. */
const wellFormed = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "TOO_COSTLY",
  "DOCUMENT_UNKNOWN",
  "PERSISTED_QUERY_NOT_FOUND",
  "CURSOR_INVALID",
  "CURSOR_EXPIRED",
]);
const statuses: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  DOCUMENT_REQUIRED: 403,
  RATE_LIMITED: 429,
  SYSTEM_UNAVAILABLE: 503,
  OVERLOADED: 503,
};

/** The status of an answer that has no data, by the code of its first error. */
export function statusOf(code: string, media: MediaType): number {
  if (wellFormed.has(code)) return media === MEDIA.response ? 400 : 200;
  return statuses[code] ?? 500;
}

type Refusal = { masked: GraphQLFormattedError; status: number; headers: Record<string, string> };

/** What a client is told of an error that ended its request, and with which status and headers; masked (G-15). */
export function refusalOf(error: unknown, media: MediaType): Refusal {
  if (error instanceof OperationRefused) return refusalOf(error.errors[0], media);
  const refusal = error instanceof HttpRefusal ? error : undefined;
  const known = reasonOf(error);
  const masked = maskError({ message: known.message, extensions: known.extensions }, refusal ? known : error);
  const status = refusal?.status ?? statusOf(String(masked.extensions?.["code"]), media);
  return { masked, status, headers: refusal?.headers ?? {} };
}

/** The error of the catalogue, or of graphql-js, that says why. */
export function reasonOf(error: unknown): CodedError | GraphQLError {
  if (error instanceof HttpRefusal) return error.reason;
  return error instanceof GraphQLError ? error : forClient(error);
}

/** Whether an error means that the request isn't a GraphQL request at all. */
export const isMalformed = (error: unknown): boolean => error instanceof HttpRefusal;

/** The errors of a request that ended before it ran. */
export function errorsOf(error: unknown): readonly GraphQLFormattedError[] {
  if (error instanceof OperationRefused) return maskErrors(error.errors);
  return [refusalOf(error, MEDIA.json).masked];
}

/** The text of an answer, and the code of its first error ("" without one). */
export function bodyOf({ data, errors }: Answer): { body: string; code: string } {
  if (errors.length === 0) return { body: `{"data":${data ?? "null"}}`, code: "" };
  const masked = maskErrors(errors);
  const end = data === undefined ? "}" : `,"data":${data}}`;
  return { body: `{"errors":${JSON.stringify(masked)}${end}`, code: String(masked[0]?.extensions?.["code"]) };
}

export const maskErrors = (errors: Answer["errors"]): readonly GraphQLFormattedError[] =>
  errors.map((error) => maskError(error.toJSON(), error));

/** Answers with one coded error in GraphQL's form, for what went wrong before or around the GraphQL server. */
export function sendRefusal(
  response: ServerResponse,
  error: unknown,
  { correlationId, media = MEDIA.json }: RequestScope & { media?: MediaType | undefined },
): void {
  const { masked, status, headers } = refusalOf(error, media);
  const errors = error instanceof OperationRefused ? maskErrors(error.errors) : [masked];
  const all = {
    ...answerHeaders(correlationId, media === MEDIA.stream ? MEDIA.json : media),
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...headers,
  };
  sendText(response, status, all, JSON.stringify({ errors }));
}

/** What every answer of a GraphQL door carries (G-16). */
export const answerHeaders = (correlationId: string, media: MediaType): Record<string, string> => ({
  "content-type": `${media}; charset=utf-8`,
  [CORRELATION_HEADER]: correlationId,
  ...privateHeaders,
});

/** One write with a length: without one node:http sends in chunks, by a call that keeps the text alive until the next full collection. */
export function sendText(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
): void {
  const length = Buffer.byteLength(text);
  response.writeHead(status, { ...headers, "content-length": length });
  // What is left of the body is not read.
  if (headers["connection"] === "close") return endEarly(response, text);
  // Text that is ASCII throughout goes out without being encoded.
  response.end(text, length === text.length ? "latin1" : "utf8");
}

/** The whole body as text; refuses one over `limit` bytes, and one that isn't there after `withinMs`. */
export function readBody(request: IncomingMessage, limit: number, withinMs: number): Promise<string> {
  const refuse = (status: number, problem: string) => badRequest(status, problem, { connection: "close" });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  let size = 0;
  // Refusals are made when they are needed: an error costs more than all the rest of this.
  const fail = (status: number, problem: string) => {
    clearTimeout(timer);
    request.removeAllListeners("data");
    reject(refuse(status, problem));
  };
  const tooLarge = () => fail(413, `The body is over ${limit} bytes.`);
  const timer = setTimeout(() => fail(408, `The body did not arrive within ${withinMs} ms.`), withinMs);
  if (Number(request.headers["content-length"] ?? 0) > limit) {
    tooLarge();
    return promise;
  }
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) return tooLarge();
    chunks.push(chunk);
  });
  request.on("end", () => {
    clearTimeout(timer);
    const [only] = chunks;
    resolve((chunks.length === 1 && only ? only : Buffer.concat(chunks)).toString("utf8"));
  });
  request.on("close", () => request.complete || fail(400, "The body was cut."));
  request.on("error", () => fail(400, "The body was cut."));
  return promise;
}
