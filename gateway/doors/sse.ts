import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { OperationTypeNode } from "graphql";
import type { Internals } from "#shared/internals.ts";
import type { Log } from "#shared/log.ts";
import { refusal } from "../access/refusals.ts";
import type { Verified } from "../access/verify-token.ts";
import type { GatewayContext } from "../request.ts";
import { countConnection, endWatch, watchSubscription } from "../telemetry/watch.ts";
import { answerHeaders, bodyOf, errorsOf, isMalformed } from "./answers.ts";
import { whenOver } from "./connection-end.ts";
import type { ResolveDocument } from "./documents.ts";
import { refuseMutationByGet } from "./engine-door.ts";
import { MEDIA } from "./media.ts";
import type { Prepare, Prepared } from "./operations.ts";
import type { Parameters } from "./parameters.ts";

export type StreamRequest = {
  readonly response: ServerResponse;
  readonly method: "GET" | "POST";
  readonly context: GatewayContext;
  readonly parameters: Parameters;
  /** Until when the caller is let in. */
  readonly verified: Omit<Verified, "caller">;
};
export type EventStreamDoor = {
  /** Answers one operation as events; comes back when the stream is over. */
  readonly serve: (request: StreamRequest) => Promise<void>;
  /** Cuts the streams one after the other within `closeSpreadMs`; clients come back, for nothing said `complete`. */
  readonly stop: () => Promise<void>;
};
type Parts = {
  readonly prepare: Prepare;
  readonly resolve: ResolveDocument;
  readonly settings: Pick<Internals, "eventStreamPingMs" | "slowClientMs" | "closeSpreadMs">;
  readonly log: Log;
};

/** GraphQL over Server-Sent Events in distinct connections: one operation, `next` for each answer, `complete` at its end. */
export function createEventStreamDoor(parts: Parts): EventStreamDoor {
  const open = new Set<EventStream>();
  return {
    serve: async (request) => {
      const { response, context } = request;
      const prepared = prepareOrErrors(parts, request);
      if (response.destroyed) return;
      const stream = startStream(response, context, parts.settings);
      open.add(stream);
      stream.onClose(() => open.delete(stream));
      countConnection("sse", stream.onClose);
      if (Array.isArray(prepared)) await stream.next(JSON.stringify({ errors: prepared }));
      else await run(prepared as Prepared, stream, request).catch((error: unknown) => stream.next(bodyFor(error)));
      stream.complete();
    },
    stop: async () => {
      const pause = parts.settings.closeSpreadMs / Math.max(1, open.size);
      await Promise.all([...open].map((stream, index) => stream.cutAfter(Math.round(index * pause))));
    },
  };
}

/** A request that is none gets an HTTP status; an operation that can't run gets its errors as an event, which is all that a browser's EventSource can read. */
function prepareOrErrors({ prepare, resolve }: Parts, { method, context, parameters }: StreamRequest) {
  try {
    const prepared = prepare(resolve(parameters, context.caller), parameters.variables, context);
    refuseMutationByGet(prepared.kind, method);
    return prepared;
  } catch (error) {
    if (isMalformed(error)) throw error;
    return errorsOf(error);
  }
}

async function run(prepared: Prepared, stream: EventStream, request: StreamRequest): Promise<void> {
  const { verified, context } = request;
  if (prepared.kind !== OperationTypeNode.SUBSCRIPTION) {
    const answer = await prepared.run();
    await stream.next(bodyOf(answer).body);
    if (answer.data !== undefined) endWatch(context.watch, answer.data !== "null");
    return;
  }
  const answers = watchSubscription(context.watch, prepared.follow());
  const end = () => void answers.return();
  stream.onClose(end);
  let why: string | undefined;
  const stop = whenOver(verified, (sentence) => {
    why = sentence;
    end();
  });
  try {
    for await (const answer of answers) await stream.next(bodyOf(answer).body);
  } finally {
    stop();
  }
  if (why !== undefined) throw refusal("UNAUTHENTICATED", `${why}.`);
}

const bodyFor = (error: unknown) => JSON.stringify({ errors: errorsOf(error) });

type EventStream = {
  /** Resolves when the client has taken it; one that takes nothing for `slowClientMs` is cut. */
  readonly next: (body: string) => Promise<void>;
  readonly complete: () => void;
  readonly cutAfter: (ms: number) => Promise<void>;
  readonly onClose: (listener: () => void) => void;
};

function startStream(
  response: ServerResponse,
  { correlationId, log }: GatewayContext,
  settings: Parts["settings"],
): EventStream {
  const headers = { ...answerHeaders(correlationId, MEDIA.stream), "x-accel-buffering": "no" };
  response.writeHead(200, headers).flushHeaders();
  // A first comment, for browsers that wait for a byte of the body; later ones keep proxies from taking the stream for dead.
  response.write(":\n\n");
  const heart = setInterval(() => response.write(":\n\n"), settings.eventStreamPingMs);
  response.on("close", () => clearInterval(heart));
  return {
    next: async (body) => {
      if (response.destroyed || response.write(`event: next\ndata: ${body}\n\n`)) return;
      const tooSlow = setTimeout(() => {
        log.info("a slow client of an event stream is cut");
        response.destroy();
      }, settings.slowClientMs);
      const over = new AbortController();
      const until = (event: "drain" | "close") => once(response, event, { signal: over.signal });
      await Promise.race([until("drain"), until("close")]);
      over.abort();
      clearTimeout(tooSlow);
    },
    complete: () => {
      clearInterval(heart);
      if (!response.destroyed) response.end("event: complete\ndata: \n\n");
    },
    cutAfter: (ms) =>
      new Promise((resolve) => {
        response.on("close", resolve);
        if (response.destroyed) return resolve();
        setTimeout(() => response.destroy(), ms);
      }),
    onClose: (listener) => void response.on("close", listener),
  };
}
