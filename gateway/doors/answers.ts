import type { IncomingMessage, ServerResponse } from "node:http";
import { CORRELATION_HEADER } from "#shared/caller.ts";
import { coded, type CodedError, forClient } from "#shared/errors.ts";
import { privateHeaders } from "../plugins/cache-headers.ts";
import { maskError } from "../plugins/mask-errors.ts";
import type { RequestScope } from "../request.ts";

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

const statusOf: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  SYSTEM_UNAVAILABLE: 503,
  OVERLOADED: 503,
};

/** Answers with one coded error in GraphQL's form, for what went wrong before or around the GraphQL server. */
export function sendRefusal(response: ServerResponse, error: unknown, scope: RequestScope): void {
  const refusal = error instanceof HttpRefusal ? error : undefined;
  const reason = refusal?.reason ?? forClient(error);
  const masked = maskError({ message: reason.message, extensions: reason.extensions }, refusal ? reason : error);
  const status = refusal?.status ?? statusOf[reason.code] ?? 500;
  const headers = {
    "content-type": "application/json; charset=utf-8",
    [CORRELATION_HEADER]: scope.correlationId,
    ...privateHeaders,
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...refusal?.headers,
  };
  response.writeHead(status, headers).end(JSON.stringify({ errors: [masked] }));
}

/** The whole body as text; refuses one over `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const tooLarge = () => badRequest(413, `The body is over ${limit} bytes.`, { connection: "close" });
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
