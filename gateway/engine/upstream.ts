import type { FormattedExecutionResult, GraphQLFormattedError } from "graphql";
import { type Client, createClient } from "graphql-ws/client";
import { WebSocket } from "ws";
import { type Caller, CORRELATION_HEADER, INTERNAL_HEADER, socketOperationId, viewCaller } from "#shared/caller.ts";
import type { Log } from "#shared/log.ts";
import type { SignFor } from "../internal-tokens.ts";

export type Frame = FormattedExecutionResult<Record<string, unknown>>;

/** What happens on one upstream subscription; after `refused`, `completed` or `cut` nothing more comes. */
export type UpstreamEvents = {
  readonly next: (frame: Frame) => void;
  readonly refused: (errors: readonly GraphQLFormattedError[]) => void;
  readonly completed: () => void;
  /** The connection is gone; what it would have brought can be had again by cursor. */
  readonly cut: (reason: unknown) => void;
};

export type UpstreamRequest = {
  readonly subgraph: string;
  readonly caller: Caller;
  readonly correlationId: string;
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown>;
};

export type Upstream = {
  /** Opens a subscription on a subgraph; gives the function that ends it. */
  readonly subscribe: (request: UpstreamRequest, events: UpstreamEvents) => () => void;
  readonly stop: () => Promise<void>;
};

type Connection = { readonly client: Client; readonly cuts: Set<(reason: unknown) => void> };

const PING_MS = 10_000;
const ACK_MS = 5_000;

/** Sockets to the subgraphs, one for each authorization view, on a token of the gateway for that view (G-19). A connection is used until it breaks, never mended. */
export function createUpstream(parts: { urls: ReadonlyMap<string, string>; sign: SignFor; log: Log }): Upstream {
  const connections = new Map<string, Connection>();
  const connectionFor = (request: UpstreamRequest): Connection => {
    const key = `${request.subgraph} ${request.caller.view}`;
    const known = connections.get(key);
    if (known) return known;
    // One that failed may close when there is another in its place.
    const made = connect(parts, request, () => connections.get(key) === made && connections.delete(key));
    connections.set(key, made);
    return made;
  };
  return {
    subscribe: (request, events) => follow(connectionFor(request), request, events),
    stop: async () => {
      await Promise.all([...connections.values()].map(({ client }) => dispose(client)));
    },
  };
}

function follow({ client, cuts }: Connection, request: UpstreamRequest, events: UpstreamEvents): () => void {
  let isOver = false;
  const end = (tell: () => void) => {
    if (isOver) return;
    isOver = true;
    cuts.delete(cut);
    tell();
  };
  const cut = (reason: unknown) => end(() => events.cut(reason));
  cuts.add(cut);
  const { query, operationName, variables, correlationId } = request;
  const unsubscribe = client.subscribe<Record<string, unknown>>(
    { query, variables, extensions: { correlationId }, ...(operationName === undefined ? {} : { operationName }) },
    {
      next: (frame) => {
        if (!isOver) events.next(frame as Frame);
      },
      error: (error) => (Array.isArray(error) ? end(() => events.refused(error)) : cut(error)),
      complete: () => end(events.completed),
    },
  );
  return () => {
    end(() => undefined);
    unsubscribe();
  };
}

function connect(
  parts: { urls: ReadonlyMap<string, string>; sign: SignFor; log: Log },
  { subgraph, caller, correlationId }: UpstreamRequest,
  closed: () => unknown,
): Connection {
  const cuts = new Set<(reason: unknown) => void>();
  const heart = createHeart();
  let operations = 0;
  const over = (reason: unknown) => {
    heart.stop();
    closed();
    void dispose(client);
    for (const cut of cuts) cut(reason);
  };
  const client: Client = createClient({
    url: String(parts.urls.get(subgraph)).replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    // A retry of the library would ask for the same `after` again and repeat frames: we resume by cursor instead.
    retryAttempts: 0,
    connectionAckWaitTimeout: ACK_MS,
    keepAlive: PING_MS,
    lazyCloseTimeout: 1_000,
    // The socket is for a view, each operation on it for a client of its own.
    generateID: ({ extensions }) => socketOperationId((operations += 1), String(extensions?.["correlationId"])),
    connectionParams: async () => {
      const token = await parts.sign(viewCaller(caller), subgraph);
      return { ...(token === undefined ? {} : { [INTERNAL_HEADER]: token }), [CORRELATION_HEADER]: correlationId };
    },
    on: {
      connected: (socket) => heart.watch(socket as WebSocket),
      ping: (received) => received || heart.expectBeat(),
      pong: () => heart.beat(),
      error: over,
      closed: over,
    },
  });
  return { client, cuts };
}

/** Rejects only with what ended the connection, and that its subscriptions were told as a cut. */
const dispose = (client: Client) => Promise.resolve(client.dispose()).catch(() => undefined);

/** Ends a socket that no longer answers pings. */
function createHeart() {
  let socket: WebSocket | undefined;
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearTimeout(timer);
  return {
    watch: (watched: WebSocket) => {
      socket = watched;
    },
    expectBeat: () => {
      stop();
      timer = setTimeout(() => socket?.terminate(), PING_MS);
    },
    beat: stop,
    stop,
  };
}
