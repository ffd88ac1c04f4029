import type { GraphQLFormattedError } from "graphql";
import { catalogue, SystemUnavailable } from "#shared/errors.ts";
import type { Internals } from "#shared/internals.ts";
import type { Log } from "#shared/log.ts";
import type { SubscriptionPlan } from "./plan.ts";
import type { Frame, Upstream, UpstreamRequest } from "./upstream.ts";

/** Frames of one upstream subscription, in order and each once, whatever happens to the socket under it. */
export type Stream = {
  /** The next frame; undefined when the stream is over. */
  readonly take: () => Promise<Frame | undefined>;
  readonly close: () => void;
};

export type StreamSettings = Pick<
  Internals,
  "resubscribeFirstMs" | "resubscribeMaxMs" | "resubscribeGiveUpMs" | "subscriptionBuffer"
>;

/**
 * Opens a stream. A cut is mended from the last cursor received, without the client noticing, until `resubscribeGiveUpMs`
 * have passed. A consumer slower than the stream makes it wait: the upstream is closed at a full buffer and resumed
 * by cursor when the buffer is empty. A stream without cursors (a gauge) keeps only its newest frame instead.
 */
export function openStream(parts: {
  upstream: Upstream;
  plan: SubscriptionPlan;
  request: Omit<UpstreamRequest, "subgraph" | "query" | "operationName">;
  settings: StreamSettings;
  log: Log;
}): Stream {
  const { upstream, plan, request, settings, log } = parts;
  const { primary, resume } = plan;
  const buffer: Frame[] = [];
  let wake: (() => void) | undefined;
  let unsubscribe: (() => void) | undefined;
  let retry: NodeJS.Timeout | undefined;
  let cursor = resume?.start(request.variables);
  let lastReceived: string | undefined;
  let brokenSince: number | undefined;
  let openSince: number | undefined;
  let attempts = 0;
  let isOver = false;
  let isPaused = false;

  const open = () => {
    isPaused = false;
    const values: Record<string, unknown> = { ...request.variables, ...(resume ? { [resume.variable]: cursor } : {}) };
    const variables = Object.fromEntries((primary.variableUsages ?? []).map((name) => [name, values[name]]));
    const wanted = { ...request, subgraph: primary.serviceName, query: primary.operation, variables };
    let isNew = true;
    const stop = upstream.subscribe(
      { ...wanted, operationName: primary.operationName },
      {
        next: (frame) => isNew && received(frame),
        refused: (errors) => isNew && (isFinal(errors) ? finish({ data: null, errors }) : mend(errors)),
        completed: () => isNew && finish(),
        cut: (reason) => isNew && mend(reason),
      },
    );
    unsubscribe = () => {
      isNew = false;
      stop();
    };
  };
  const received = (frame: Frame) => {
    if (isBroken(frame)) {
      unsubscribe?.();
      return mend(frame.errors);
    }
    openSince ??= Date.now();
    const at = resume?.cursorOf(frame.data);
    // A resumed stream begins with a checkpoint where it was left; the client has that one.
    if (at !== undefined && at === lastReceived) return;
    if (at !== undefined) cursor = lastReceived = at;
    [brokenSince, attempts] = [undefined, 0];
    if (!resume) buffer.length = 0;
    buffer.push(frame);
    wake?.();
    if (frame.errors?.some(endsStream)) return finish();
    if (buffer.length < settings.subscriptionBuffer) return;
    isPaused = true;
    unsubscribe?.();
  };
  const mend = (reason: unknown) => {
    // A quiet stream that had been well for a while starts counting anew.
    if (openSince !== undefined && Date.now() - openSince > settings.resubscribeMaxMs)
      [brokenSince, attempts] = [undefined, 0];
    openSince = undefined;
    brokenSince ??= Date.now();
    if (Date.now() - brokenSince > settings.resubscribeGiveUpMs) return finish(giveUp(primary.serviceName));
    const pause = Math.min(settings.resubscribeMaxMs, settings.resubscribeFirstMs * 2 ** attempts);
    attempts += 1;
    log.warn({ subgraph: primary.serviceName, attempts, reason: describe(reason) }, "an upstream subscription broke");
    retry = setTimeout(open, pause * (0.5 + Math.random() / 2));
  };
  const finish = (last?: Frame) => {
    if (last) buffer.push(last);
    close();
  };
  const close = () => {
    isOver = true;
    clearTimeout(retry);
    unsubscribe?.();
    wake?.();
  };

  open();
  return {
    take: async () => {
      if (buffer.length === 0 && isPaused && !isOver) open();
      while (buffer.length === 0 && !isOver) await new Promise<void>((resolve) => (wake = resolve));
      return buffer.shift();
    },
    close: () => {
      buffer.length = 0;
      close();
    },
  };
}

const codeOf = (error: GraphQLFormattedError) => String(error.extensions?.["code"]);
/** After these no later frame can be right (W-24). */
const endsStream = (error: GraphQLFormattedError) => ["CURSOR_INVALID", "CURSOR_EXPIRED"].includes(codeOf(error));

/** A refusal that asking again won't change. */
function isFinal(errors: readonly GraphQLFormattedError[]): boolean {
  return errors.some((error) => {
    const code = codeOf(error);
    return (
      code in catalogue && code !== "INTERNAL_SERVER_ERROR" && !catalogue[code as keyof typeof catalogue].retryable
    );
  });
}

/** A last frame that says nothing but that the stream failed; what it hid is asked for again. */
const isBroken = ({ data, errors = [] }: Frame) => data == null && errors.length > 0 && !isFinal(errors);

function giveUp(subgraph: string): Frame {
  const { message, extensions } = new SystemUnavailable(subgraph);
  return { data: null, errors: [{ message, extensions }] };
}

function describe(reason: unknown): unknown {
  if (Array.isArray(reason)) return reason;
  const { code, reason: text, message } = reason as { code?: unknown; reason?: unknown; message?: unknown };
  return { code, text, message };
}
