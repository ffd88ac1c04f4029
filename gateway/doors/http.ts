import { HeaderMap, type HTTPGraphQLRequest } from "@apollo/server";
import type { IncomingMessage, ServerResponse } from "node:http";
import { CORRELATION_HEADER, DEADLINE_HEADER } from "#shared/caller.ts";
import type { Internals } from "#shared/internals.ts";
import type { Log } from "#shared/log.ts";
import { within } from "#shared/tracing.ts";
import { type Authenticate, credentialsOf } from "../access/authenticate.ts";
import type { GraphQLServer } from "../graphql-server.ts";
import { correlationIdOf } from "../plugins/correlation-id.ts";
import { type Door, endRefused, startWatch, type Watch } from "../telemetry/watch.ts";
import { deadlineFrom, type GatewayContext, requestScope } from "../request.ts";
import { chooseMediaType } from "./accept.ts";
import { badRequest, readBody, sendRefusal, sendText } from "./answers.ts";
import type { ResolveDocument, Resolved } from "./documents.ts";
import type { EngineDoor } from "./engine-door.ts";
import type { EventStreamDoor } from "./sse.ts";
import { MEDIA, type MediaType } from "./media.ts";
import { checkOrigin, corsHeaders, couldAsk, foreignOrigin, type Origins, preflightHeaders } from "./origins.ts";
import { type Parameters, readParameters, readSearchParameters } from "./parameters.ts";

const BODY_LIMIT = 1024 * 1024;

export type HttpDoor = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
export type HttpParts = {
  readonly graphql: GraphQLServer;
  readonly engineDoor: EngineDoor;
  readonly eventStreams: EventStreamDoor;
  readonly resolve: ResolveDocument;
  readonly authenticate: Authenticate;
  readonly origins: Origins;
  readonly hidesSchema: boolean;
  readonly settings: Pick<Internals, "subgraphDeadlineMs" | "bodyMs">;
  readonly log: Log;
};

/**
 * `POST` and `GET /graphql` and `/graphql/<documentId>`. The caller is verified before a byte of the document is looked at. Registered documents and event
 * streams are answered by the engine's own door, everything else by @apollo/server with its plugins (G-10).
 */
export function createHttpDoor(parts: HttpParts): HttpDoor {
  return async (request, response) => {
    const correlationId = correlationIdOf(request.headers[CORRELATION_HEADER]);
    const log = parts.log.child({ correlationId });
    for (const [name, value] of Object.entries(corsHeaders(parts.origins, request.headers)))
      response.setHeader(name, value);
    if (request.method === "OPTIONS") return preflight(parts, request, response);
    const watch = startWatch(doorOf(request), correlationId, request.headers);
    const scope = { correlationId, log, watch, hidesSchema: parts.hidesSchema };
    const serve = async () => {
      let media: MediaType | undefined;
      try {
        media = chooseMediaType(request.headers.accept);
        await answer(parts, { request, response, ...scope, media });
      } catch (error) {
        if (response.headersSent) throw error;
        sendRefusal(response, error, { ...scope, media });
      } finally {
        endRefused(watch);
      }
    };
    await requestScope.run(scope, () => within(watch.span, serve));
  };
}

type Asked = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly correlationId: string;
  readonly log: Log;
  readonly watch: Watch;
  readonly media: MediaType;
};

function doorOf({ headers, url = "/" }: IncomingMessage): Door {
  if (headers.accept?.includes(MEDIA.stream)) return "sse";
  return url.startsWith("/graphql/") ? "document" : "http";
}

async function answer(parts: HttpParts, asked: Asked): Promise<void> {
  const { request, response, correlationId, log, watch, media } = asked;
  const method = methodOf(request);
  if (!couldAsk(parts.origins, request.headers)) throw foreignOrigin();
  const { caller, ...verified } = await parts.authenticate(credentialsOf(request.headers));
  checkOrigin(parts.origins, request.headers, caller);
  const deadlineAt = deadlineFrom(request.headers[DEADLINE_HEADER], parts.settings.subgraphDeadlineMs);
  if (deadlineAt === undefined) throw badRequest(400, `${DEADLINE_HEADER} has to be a number of milliseconds.`);
  const context: GatewayContext = { caller, correlationId, log, deadlineAt, watch };
  const parameters = await readRequest(request, parts.settings.bodyMs);
  const own = { response, method, context, parameters, verified };
  if (media === MEDIA.stream) return parts.eventStreams.serve(own);
  const document = parts.resolve(parameters, caller);
  if (document.isRegistered) return parts.engineDoor({ ...own, media, document });
  const httpGraphQLRequest = forApollo(request, parameters, document);
  send(response, await parts.graphql.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: async () => context }));
}

function methodOf({ method }: IncomingMessage): "GET" | "POST" {
  if (method === "GET" || method === "POST") return method;
  throw badRequest(405, "Use POST or GET.", { allow: "GET, POST" });
}

function preflight({ origins }: HttpParts, { headers }: IncomingMessage, response: ServerResponse): void {
  const isAllowed = headers.origin !== undefined && couldAsk(origins, headers);
  response.writeHead(isAllowed ? 204 : 405, isAllowed ? preflightHeaders : { allow: "GET, POST" }).end();
}

async function readRequest(request: IncomingMessage, bodyMs: number): Promise<Parameters> {
  const { url = "/" } = request;
  const mark = url.indexOf("?");
  const pathname = mark < 0 ? url : url.slice(0, mark);
  const sent =
    request.method === "GET"
      ? readSearchParameters(checkedSearch(request, new URLSearchParams(mark < 0 ? "" : url.slice(mark))))
      : readParameters(parseBody(request, await readBody(request, BODY_LIMIT, bodyMs), pathname !== "/graphql"));
  return withPath(sent, pathname);
}

/** A GET has no body; one that names a type other than ours is meant for something else. */
function checkedSearch({ headers }: IncomingMessage, search: URLSearchParams): URLSearchParams {
  const type = headers["content-type"];
  if (type !== undefined && !isJson(type)) throw badRequest(415, "A GET has no body, so no content-type either.");
  return search;
}

/** `/graphql/<documentId>` names the document where the parameters don't; both together have to agree. */
function withPath(sent: Parameters, pathname: string): Parameters {
  const documentId = decode(pathname.slice("/graphql/".length));
  if (documentId === "") return sent;
  if (sent.documentId !== undefined && sent.documentId !== documentId)
    throw badRequest(400, "The address and documentId name different documents.");
  return { ...sent, documentId };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(400, "The address can't be read.");
  }
}

const isJson = (type: string) => /^\s*application\/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i.test(type);

/** With the document named by the address, a body may be missing. */
function parseBody({ headers }: IncomingMessage, text: string, mayBeMissing: boolean): unknown {
  if (mayBeMissing && text === "") return {};
  if (!isJson(headers["content-type"] ?? "") || headers["content-encoding"] !== undefined)
    throw badRequest(415, "The body has to be plain application/json in UTF-8.");
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(400, "The body is not JSON.");
  }
}

/** The request with the document that it stands for; @apollo/server reads the parameters of a GET from its address. */
function forApollo(request: IncomingMessage, parameters: Parameters, { source }: Resolved): HTTPGraphQLRequest {
  const { operationName, variables, extensions } = parameters;
  const { persistedQuery: _, ...others } = extensions;
  const method = request.method ?? "GET";
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  if (method === "POST")
    return {
      method,
      headers,
      search: "",
      body: { query: source, operationName: operationName ?? null, variables, extensions: others },
    };
  const search = new URLSearchParams({ query: source, variables: JSON.stringify(variables) });
  if (operationName !== undefined) search.set("operationName", operationName);
  return { method, headers, search: `?${search}`, body: undefined };
}

type Answer = Awaited<ReturnType<GraphQLServer["executeHTTPGraphQLRequest"]>>;

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (body.kind !== "complete") throw new Error("incremental delivery is not built");
  sendText(response, status ?? 200, Object.fromEntries(headers), body.string);
}
