import { HeaderMap, type HTTPGraphQLRequest } from "@apollo/server";
import type { IncomingMessage, ServerResponse } from "node:http";
import { CORRELATION_HEADER } from "#shared/caller.ts";
import type { Log } from "#shared/log.ts";
import { type Authenticate, credentialsOf } from "../access/authenticate.ts";
import type { GraphQLServer } from "../graphql-server.ts";
import { correlationIdOf } from "../plugins/correlation-id.ts";
import { type GatewayContext, requestScope } from "../request.ts";
import { badRequest, readBody, sendRefusal } from "./answers.ts";

const BODY_LIMIT = 1024 * 1024;

export type HttpDoor = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** `POST` and `GET /graphql`. The caller is verified before a byte of the document is looked at. */
export function createHttpDoor(parts: {
  graphql: GraphQLServer;
  authenticate: Authenticate;
  deadlineMs: number;
  log: Log;
}): HttpDoor {
  const { graphql, authenticate, deadlineMs } = parts;
  return async (request, response) => {
    const correlationId = correlationIdOf(request.headers[CORRELATION_HEADER]);
    const log = parts.log.child({ correlationId });
    await requestScope.run({ correlationId, log }, async () => {
      try {
        const { caller } = await authenticate(credentialsOf(request.headers));
        const context: GatewayContext = { caller, correlationId, log, deadlineAt: Date.now() + deadlineMs };
        const httpGraphQLRequest = await readRequest(request);
        send(response, await graphql.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: async () => context }));
      } catch (error) {
        sendRefusal(response, error, { correlationId, log });
      }
    });
  };
}

async function readRequest(request: IncomingMessage): Promise<HTTPGraphQLRequest> {
  const { method = "GET", url = "/" } = request;
  if (method !== "GET" && method !== "POST") throw badRequest(405, "Use POST or GET.", { allow: "GET, POST" });
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  const search = url.includes("?") ? url.slice(url.indexOf("?")) : "";
  const body = method === "POST" ? parseBody(request, await readBody(request, BODY_LIMIT)) : undefined;
  return { method, headers, search, body };
}

function parseBody(request: IncomingMessage, text: string): unknown {
  const type = /^\s*application\/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;
  if (!type.test(request.headers["content-type"] ?? "") || request.headers["content-encoding"] !== undefined)
    throw badRequest(415, "The body has to be plain application/json in UTF-8.");
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(400, "The body is not JSON.");
  }
}

type Answer = Awaited<ReturnType<GraphQLServer["executeHTTPGraphQLRequest"]>>;

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (body.kind !== "complete") throw new Error("incremental delivery is not built");
  response.writeHead(status ?? 200, Object.fromEntries(headers)).end(body.string);
}
