import { GraphQLError } from "graphql";
import { type Context, handleProtocols, makeServer, type ServerOptions } from "graphql-ws";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { CORRELATION_HEADER } from "#shared/caller.ts";
import { CodedError, coded, forClient } from "#shared/errors.ts";
import type { Internals } from "#shared/internals.ts";
import type { Log } from "#shared/log.ts";
import { within } from "#shared/tracing.ts";
import { type Authenticate, credentialsOf } from "../access/authenticate.ts";
import type { Verified } from "../access/verify-token.ts";
import { OperationRefused } from "../engine/operation-refused.ts";
import { correlationIdOf } from "../plugins/correlation-id.ts";
import { deadlineFrom, type GatewayContext, requestScope, type RequestScope } from "../request.ts";
import { refused } from "../telemetry/gateway-metrics.ts";
import { countConnection, endRefused, startWatch, type Watch } from "../telemetry/watch.ts";
import { badRequest, maskErrors, reasonOf } from "./answers.ts";
import { whenOver } from "./connection-end.ts";
import type { ResolveDocument } from "./documents.ts";
import type { Prepare } from "./operations.ts";
import { checkOrigin, couldAsk, type Origins } from "./origins.ts";
import { type Parameters, readParameters } from "./parameters.ts";
import { readMessage, runner, sentWith, thrownBy } from "./socket-messages.ts";

const MESSAGE_LIMIT = 1024 * 1024;
const OPERATIONS_PER_SOCKET = 100;
/** A client that doesn't answer our close within this is cut. */
const HANDSHAKE_MS = 2_000;
/** Close codes: graphql-ws clients come back after these; 4400, 4401, 4409, 4429 and 4500 they take as the end. */
const CLOSE = { goingAway: 1001, tooSlow: 1013, forbidden: 4403 } as const;

export type WebSocketDoor = {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Sends clients away one after the other within `closeSpreadMs`, so that they don't all come back at once. */
  readonly stop: () => Promise<void>;
};

type Extra = {
  socket: WebSocket;
  request: IncomingMessage;
  verified: Verified | undefined;
  operations: number;
  scopes: Map<string, Scope>;
};
type Socket = Context<Record<string, unknown>, Extra>;
type Protocol = ReturnType<typeof makeServer<Record<string, unknown>, Extra>>;
type Parts = {
  readonly prepare: Prepare;
  readonly resolve: ResolveDocument;
  readonly authenticate: Authenticate;
  readonly origins: Origins;
  readonly hidesSchema: boolean;
  readonly settings: Internals;
  readonly log: Log;
};

/** `graphql-transport-ws` on `/graphql`. The token comes in `connection_init` or in the upgrade's header, never in the address or a cookie (G-11). */
export function createWebSocketDoor(parts: Parts): WebSocketDoor {
  const server = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_LIMIT, handleProtocols });
  const protocol = makeServer<Record<string, unknown>, Extra>(hooks(parts));
  server.on("connection", (socket: WebSocket, request: IncomingMessage) => serve(parts, protocol, socket, request));
  return {
    upgrade: (request, socket, head) => {
      if (!couldAsk(parts.origins, request.headers))
        return void socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
      server.handleUpgrade(request, socket, head, (open) => server.emit("connection", open, request));
    },
    stop: () => closeAll(server, parts.settings.closeSpreadMs),
  };
}

function serve({ settings, log }: Parts, protocol: Protocol, socket: WebSocket, request: IncomingMessage): void {
  const extra: Extra = { socket, request, verified: undefined, operations: 0, scopes: new Map() };
  countConnection("websocket", (closed) => socket.on("close", closed));
  const stopPinging = pingRegularly(socket, settings.webSocketPingMs);
  const sendAway = () => {
    log.info({ caller: extra.verified?.caller.client }, "a slow client is sent away");
    socket.close(CLOSE.tooSlow, "Too slow: come back with your last cursor");
    setTimeout(() => socket.terminate(), HANDSHAKE_MS);
    end(CLOSE.tooSlow, "");
  };
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) => send(socket, text, { slowMs: settings.slowClientMs, sendAway }),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (listener) =>
        socket.on("message", (message) => {
          // graphql-ws also takes what is parsed already, though its types don't say so.
          listener(readMessage(textOf(message)) as string).catch((err: unknown) => {
            log.error({ err }, "a WebSocket message could not be handled");
            socket.close(4500, "Internal error");
          });
        }),
    },
    extra,
  );
  let isOver = false;
  const end = (code: number, reason: string) => {
    stopPinging();
    if (isOver) return;
    isOver = true;
    closed(code, reason).catch((err: unknown) => log.error({ err }, "a WebSocket did not end cleanly"));
  };
  socket.on("error", (err) => log.info({ err }, "a WebSocket failed"));
  socket.on("close", (code, reason) => end(code, reason.toString()));
}

/** Messages come as one Buffer: that is the setting of `binaryType` on a server. */
const textOf = (message: RawData) => (message as Buffer).toString("utf8");

/** Resolves when the text has left for the client, which is what makes a subscription wait for a slow one. */
function send(socket: WebSocket, text: string, slow: { slowMs: number; sendAway: () => void }): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(slow.sendAway, slow.slowMs);
    socket.send(text, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function pingRegularly(socket: WebSocket, everyMs: number): () => void {
  let isAlive = true;
  socket.on("pong", () => (isAlive = true));
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, everyMs);
  return () => clearInterval(timer);
}

function hooks(parts: Parts): ServerOptions<Record<string, unknown>, Extra> {
  return {
    ...runner,
    connectionInitWaitTimeout: parts.settings.connectionInitMs,
    onConnect: (socket) => admit(socket, parts),
    onSubscribe: (socket, id, payload) => prepareOrRefuse(parts, socket, id, sentWith(payload)) as never,
    onNext: (_socket, _id, _payload, _args, result) => result as never,
    onError: (socket, id, _payload, errors) => maskAndEnd(socket, id, errors) as never,
    onComplete: ({ extra }, id) => {
      extra.scopes.delete(id);
      extra.operations -= 1;
    },
  };
}

/** Verifies the token of `connection_init`; closes with 4403 when it is refused now or when it ends. */
async function admit({ connectionParams, extra }: Socket, { authenticate, origins, log }: Parts): Promise<boolean> {
  const { socket, request } = extra;
  try {
    const sent = credentialsOf((connectionParams ?? {}) as Record<string, string>);
    const isSent = sent.authorization !== undefined || sent.apiKey !== undefined;
    const verified = await authenticate(isSent ? sent : credentialsOf(request.headers));
    checkOrigin(origins, request.headers, verified.caller);
    extra.verified = verified;
  } catch (error) {
    const { code, message } = forClient(error);
    refused(code, "websocket").add();
    if (code === "INTERNAL_SERVER_ERROR") log.error({ err: error }, "a connection could not be verified");
    socket.close(CLOSE.forbidden, `${code}: ${message}`.slice(0, 120));
    return false;
  }
  // It may have gone while its token was verified.
  if (socket.readyState !== socket.OPEN) return false;
  const stop = whenOver(extra.verified, (sentence) => socket.close(CLOSE.forbidden, sentence));
  socket.on("close", stop);
  return true;
}

type Scope = RequestScope & { readonly watch: Watch };

/** Whatever was sent: also what is refused is found under an id. */
function scopeOf({ connectionParams }: Socket, sent: unknown, { log, hidesSchema }: Parts): Scope {
  const { extensions } = (sent ?? {}) as { extensions?: unknown };
  const given = (typeof extensions === "object" && extensions !== null ? extensions : {}) as Record<string, unknown>;
  const correlationId = correlationIdOf(given["correlationId"] ?? connectionParams?.[CORRELATION_HEADER]);
  const watch = startWatch("websocket", correlationId, given);
  return { correlationId, log: log.child({ correlationId }), watch, hidesSchema };
}

function contextOf({ extra }: Socket, { extensions }: Parameters, { settings }: Parts, scope: Scope) {
  if (!extra.verified) throw new Error("subscribed without being verified");
  const deadlineAt = deadlineFrom(extensions["deadlineMs"], settings.subgraphDeadlineMs);
  if (deadlineAt === undefined) throw badRequest(400, "extensions.deadlineMs has to be a number of milliseconds.");
  return { ...scope, caller: extra.verified.caller, deadlineAt } satisfies GatewayContext;
}

/** What graphql-ws runs, or the errors for this id. One bad payload costs its own id, never the socket. */
function prepareOrRefuse(parts: Parts, socket: Socket, id: string, sent: unknown) {
  const scope = scopeOf(socket, sent, parts);
  socket.extra.scopes.set(id, scope);
  try {
    return requestScope.run(scope, () => within(scope.watch.span, () => prepareIn(scope, parts, socket, sent)));
  } catch (error) {
    if (error instanceof OperationRefused) return error.errors;
    const reason = reasonOf(error);
    return [reason instanceof CodedError ? new GraphQLError(reason.message, { originalError: reason }) : reason];
  }
}

function prepareIn(scope: Scope, parts: Parts, socket: Socket, sent: unknown) {
  if (socket.extra.operations >= OPERATIONS_PER_SOCKET) throw coded("OVERLOADED");
  const parameters = readParameters(sent);
  const context = contextOf(socket, parameters, parts, scope);
  const document = parts.resolve(parameters, context.caller);
  const prepared = parts.prepare(document, parameters.variables, context);
  socket.extra.operations += 1;
  return runner.argumentsFor(prepared, context);
}

/** Masks under the id of the operation that failed, which is over then. */
function maskAndEnd({ extra: { scopes } }: Socket, id: string, thrown: readonly GraphQLError[]) {
  const errors = thrownBy(thrown);
  const scope = scopes.get(id);
  scopes.delete(id);
  if (!scope) return maskErrors(errors);
  const masked = requestScope.run(scope, () => maskErrors(errors));
  endRefused(scope.watch);
  return masked;
}

function closeAll(server: WebSocketServer, spreadMs: number): Promise<void> {
  const sockets = [...server.clients];
  const pause = spreadMs / Math.max(1, sockets.length);
  sockets.forEach((socket, index) => {
    setTimeout(() => socket.close(CLOSE.goingAway, "Going away: come back"), Math.round(index * pause));
  });
  const impatient = setTimeout(() => server.clients.forEach((socket) => socket.terminate()), spreadMs + HANDSHAKE_MS);
  return new Promise((resolve) =>
    server.close(() => {
      clearTimeout(impatient);
      resolve();
    }),
  );
}
