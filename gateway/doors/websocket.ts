import { type GraphQLFormattedError, GraphQLError } from "graphql";
import { type Context, handleProtocols, makeServer, type ServerOptions, type SubscribePayload } from "graphql-ws";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { CORRELATION_HEADER } from "#shared/caller.ts";
import { coded, forClient } from "#shared/errors.ts";
import type { Internals } from "#shared/internals.ts";
import type { Log } from "#shared/log.ts";
import { type Authenticate, credentialsOf } from "../access/authenticate.ts";
import type { Verified } from "../access/verify-token.ts";
import { correlationIdOf } from "../plugins/correlation-id.ts";
import { maskError } from "../plugins/mask-errors.ts";
import { type GatewayContext, requestScope } from "../request.ts";
import type { createSocketOperations } from "./socket-operations.ts";

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

type Extra = { socket: WebSocket; request: IncomingMessage; verified: Verified | undefined; operations: number };
type Socket = Context<Record<string, unknown>, Extra>;
type Protocol = ReturnType<typeof makeServer<Record<string, unknown>, Extra>>;
type Parts = {
  readonly operations: ReturnType<typeof createSocketOperations>;
  readonly authenticate: Authenticate;
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
      if (!isOwnOrigin(request)) return void socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
      server.handleUpgrade(request, socket, head, (open) => server.emit("connection", open, request));
    },
    stop: () => closeAll(server, parts.settings.closeSpreadMs),
  };
}

/** Browsers always send Origin: it has to be the address that was called. Other clients send none. */
function isOwnOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

function serve({ settings, log }: Parts, protocol: Protocol, socket: WebSocket, request: IncomingMessage): void {
  const extra: Extra = { socket, request, verified: undefined, operations: 0 };
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
          listener(textOf(message)).catch((err: unknown) => {
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

function hooks({ operations, authenticate, settings, log }: Parts): ServerOptions<Record<string, unknown>, Extra> {
  return {
    execute: operations.execute,
    subscribe: operations.subscribe,
    onConnect: (socket) => admit(socket, authenticate, log),
    onSubscribe: (socket, _id, payload) => {
      const context = contextOf(socket, payload, settings.subgraphDeadlineMs, log);
      return requestScope.run(context, () => prepareOrRefuse(socket, operations, payload, context));
    },
    onNext: (_socket, _id, _payload, _args, result) => result as never,
    onError: (_socket, _id, _payload, errors) => errors.map((error) => formatted(error)) as never,
    onComplete: ({ extra }) => void (extra.operations -= 1),
  };
}

/** Verifies the token of `connection_init`; closes with 4403 when it is refused now or when it ends. */
async function admit({ connectionParams, extra }: Socket, authenticate: Authenticate, log: Log): Promise<boolean> {
  const { socket, request } = extra;
  try {
    const sent = credentialsOf((connectionParams ?? {}) as Record<string, string>);
    const isSent = sent.authorization !== undefined || sent.apiKey !== undefined;
    extra.verified = await authenticate(isSent ? sent : credentialsOf(request.headers));
  } catch (error) {
    const { code, message } = forClient(error);
    if (code === "INTERNAL_SERVER_ERROR") log.error({ err: error }, "a connection could not be verified");
    socket.close(CLOSE.forbidden, `${code}: ${message}`.slice(0, 120));
    return false;
  }
  // It may have gone while its token was verified.
  if (socket.readyState !== socket.OPEN) return false;
  const left = Math.min(extra.verified.validUntil - Date.now(), 2 ** 31 - 1);
  const timer = setTimeout(
    () => socket.close(CLOSE.forbidden, "The token has expired: come back with a new one"),
    left,
  );
  socket.on("close", () => clearTimeout(timer));
  return true;
}

function contextOf(
  { extra, connectionParams }: Socket,
  payload: SubscribePayload,
  deadlineMs: number,
  log: Log,
): GatewayContext {
  if (!extra.verified) throw new Error("subscribed without being verified");
  const sent = (payload.extensions?.["correlationId"] ?? connectionParams?.[CORRELATION_HEADER]) as unknown;
  const correlationId = correlationIdOf(sent);
  const { caller } = extra.verified;
  return { caller, correlationId, log: log.child({ correlationId }), deadlineAt: Date.now() + deadlineMs };
}

/** One bad payload costs its own id, never the socket. */
function prepareOrRefuse(
  { extra }: Socket,
  operations: Parts["operations"],
  payload: SubscribePayload,
  context: GatewayContext,
) {
  try {
    if (extra.operations >= OPERATIONS_PER_SOCKET) throw coded("OVERLOADED");
    const prepared = operations.prepare(payload, context);
    if (!Array.isArray(prepared)) extra.operations += 1;
    return prepared as never;
  } catch (error) {
    const known = error instanceof GraphQLError ? error : forClient(error);
    return [known instanceof GraphQLError ? known : new GraphQLError(known.message, { originalError: known })] as never;
  }
}

const formatted = (error: GraphQLError): GraphQLFormattedError => maskError(error.toJSON(), error);

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
