import { buildSubgraphSchema } from "@apollo/subgraph";
import { execute, type GraphQLFormattedError, GraphQLError, parse, validate } from "graphql";
import { handleProtocols, makeServer } from "graphql-ws";
import type { JSONWebKeySet } from "jose";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { type WebSocket, WebSocketServer } from "ws";
import { type Caller, createInternalVerifier, INTERNAL_HEADER } from "#shared/caller.ts";
import { listen } from "#shared/listen.ts";

export type StubContext = { caller: Caller; headers: IncomingHttpHeaders };
export type StubSubgraph = {
  readonly url: string;
  /** Callers of HTTP requests and of upstream sockets, as their internal tokens say. */
  readonly callers: { http: Caller[]; sockets: Caller[] };
  readonly headers: IncomingHttpHeaders[];
  /** Ids of the operations on upstream sockets, as the gateway chose them. */
  readonly operations: string[];
  /** While set, every HTTP request is answered with this status, or held when it is a promise. */
  fault: { status?: number; text?: string; hold?: Promise<void> } | undefined;
  /** Cuts every upstream socket without a word. */
  readonly cut: () => void;
  readonly sockets: () => number;
  readonly stop: () => Promise<void>;
};

type Body = { query: string; variables?: Record<string, unknown>; operationName?: string | null };
type Resolvers = Parameters<typeof buildSubgraphSchema>[0] extends infer Modules
  ? Modules extends { resolvers?: infer R }
    ? R
    : never
  : never;

/** A small subgraph on the wire of the real ones: internal token, HTTP and graphql-transport-ws. */
export async function startStubSubgraph(parts: {
  name: string;
  sdl: string;
  resolvers: Resolvers;
  publicKeys: JSONWebKeySet;
  port?: number;
}): Promise<StubSubgraph> {
  const schema = buildSubgraphSchema({ typeDefs: parse(parts.sdl), resolvers: parts.resolvers ?? {} });
  const verify = createInternalVerifier(parts.publicKeys, parts.name);
  const callers: StubSubgraph["callers"] = { http: [], sockets: [] };
  const headers: IncomingHttpHeaders[] = [];
  const operations: string[] = [];

  const answer = async (body: string, contextValue: StubContext) => {
    const { query, variables, operationName } = JSON.parse(body) as Body;
    const document = parse(query);
    const errors = validate(schema, document);
    if (errors.length) return { status: 400, body: { errors: errors.map((error) => error.toJSON()) } };
    return {
      status: 200,
      body: await execute({
        schema,
        document,
        variableValues: variables ?? {},
        operationName: operationName ?? null,
        contextValue,
      }),
    };
  };
  const server = createServer(async (request, response) => {
    try {
      const caller = await verify(String(request.headers[INTERNAL_HEADER]));
      callers.http.push(caller);
      headers.push(request.headers);
      const body = await text(request);
      await stub.fault?.hold;
      if (stub.fault?.status) return void response.writeHead(stub.fault.status).end(stub.fault.text ?? "");
      const { status, body: result } = await answer(body, { caller, headers: request.headers });
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(result));
    } catch {
      response.writeHead(401).end(JSON.stringify({ errors: [{ message: "INTERNAL_TOKEN_INVALID" }] }));
    }
  });

  const sockets = new WebSocketServer({ server, handleProtocols });
  const protocol = makeServer<Record<string, unknown>, { socket: WebSocket; caller?: Caller }>({
    schema,
    context: ({ extra }) => ({ caller: extra.caller, headers: {} }),
    onError: (_socket, _id, _payload, errors) => errors.map((error) => unwrapped(error)),
    onSubscribe: (_socket, id) => void operations.push(id),
    onConnect: async ({ connectionParams, extra }) => {
      extra.caller = await verify(String(connectionParams?.[INTERNAL_HEADER]));
      callers.sockets.push(extra.caller);
    },
  });
  sockets.on("connection", (socket) => {
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (message) => new Promise((resolve) => socket.send(message, () => resolve())),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (listener) =>
          socket.on("message", (message) => listener(String(message)).catch(() => socket.close(4500))),
      },
      { socket },
    );
    socket.on("close", (code, reason) => void closed(code, String(reason)));
  });
  const port = await listen(server, { host: "127.0.0.1", port: parts.port ?? 0, variable: "PORT" });
  const stub: StubSubgraph = {
    url: `http://127.0.0.1:${port}/graphql`,
    callers,
    headers,
    operations,
    fault: undefined,
    cut: () => sockets.clients.forEach((socket) => socket.terminate()),
    sockets: () => sockets.clients.size,
    stop: async () => {
      sockets.clients.forEach((socket) => socket.terminate());
      await new Promise((resolve) => server.close(resolve).closeAllConnections());
    },
  };
  return stub;
}

/** graphql-ws wraps what an async iterator throws; its code is what the gateway needs. */
function unwrapped(error: GraphQLError): GraphQLFormattedError {
  return error.originalError instanceof GraphQLError ? error.originalError.toJSON() : error.toJSON();
}
