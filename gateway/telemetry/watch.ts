import type { Context } from "@opentelemetry/api";
import {
  CORRELATION_ATTRIBUTE,
  failSpan,
  isTracing,
  type RunningSpan,
  SpanKind,
  startSpan,
  traceOf,
} from "#shared/tracing.ts";
import { connections, operations, operationSeconds, refused, subscriptions } from "./gateway-metrics.ts";

/** The address that was asked, or how its answer comes. */
export type Door = "http" | "document" | "websocket" | "sse";

/** What is known of one request while it is answered; the doors fill it in. */
export type Watch = {
  readonly door: Door;
  readonly startedAt: number;
  readonly span: RunningSpan;
  kind: string;
  /** The operation's name, where a document is registered; "" for what anybody may have made up. */
  operation: string;
  /** The code of the first error that the client is told. */
  code: string;
  isOver: boolean;
};

/** Begins to watch a request that came with these headers. */
export function startWatch(door: Door, correlationId: string, headers: Readonly<Record<string, unknown>>): Watch {
  const span = isTracing() ? startRequestSpan(door, correlationId, traceOf(headers)) : undefined;
  return { door, startedAt: performance.now(), span, kind: "unknown", operation: "", code: "", isOver: false };
}

const startRequestSpan = (door: Door, correlationId: string, parent: Context | undefined): RunningSpan =>
  startSpan("request", { kind: SpanKind.SERVER, attributes: { door, [CORRELATION_ATTRIBUTE]: correlationId } }, parent);

type Asked = { readonly documentId?: string | undefined; readonly isRegistered: boolean };
type Operation = { readonly kind: string; readonly name: string | undefined };

/** Says what is asked, once the document is known and prepared. */
export function watchOperation(
  watch: Watch | undefined,
  { documentId, isRegistered }: Asked,
  { kind, name }: Operation,
): void {
  if (!watch) return;
  watch.kind = kind;
  if (isRegistered) watch.operation = name ?? documentId ?? "";
  if (!watch.span) return;
  watch.span.updateName(name === undefined ? kind : `${kind} ${name}`);
  watch.span.setAttribute("graphql.operation.type", kind);
  if (name !== undefined) watch.span.setAttribute("graphql.operation.name", name);
  if (documentId !== undefined) watch.span.setAttribute("graphql.document.id", documentId);
}

/** The operation ran; with its errors masked, so that their code is known. */
export function endWatch(watch: Watch | undefined, hasData: boolean): void {
  if (!watch) return;
  const failed = hasData ? "partial" : "failed";
  end(watch, watch.code === "" ? "ok" : failed);
}

/** Nothing ran, for the reason that the client was told. */
export function endRefused(watch: Watch | undefined): void {
  if (!watch || watch.isOver) return;
  refused(watch.code, watch.door).add();
  end(watch, "refused");
}

/** Counts a subscription while it is followed; `return()` goes straight through. One that throws is ended by who masks the error. */
export function watchSubscription<Answer>(
  watch: Watch | undefined,
  answers: AsyncGenerator<Answer, void, void>,
): AsyncGenerator<Answer, void, void> {
  if (!watch) return answers;
  subscriptions.inc({ door: watch.door });
  let isFollowed = true;
  const unfollow = () => {
    if (isFollowed) subscriptions.dec({ door: watch.door });
    isFollowed = false;
  };
  const over = () => {
    unfollow();
    endWatch(watch, true);
  };
  return {
    next: async () => {
      const result = await answers.next().catch((error: unknown) => {
        unfollow();
        throw error;
      });
      if (result.done) over();
      return result;
    },
    return: async () => {
      over();
      return answers.return();
    },
    throw: async (error) => {
      over();
      return answers.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => void (await answers.return()),
  };
}

/** Counts a connection until `onClose` calls back. */
export function countConnection(door: "websocket" | "sse", onClose: (closed: () => void) => void): void {
  connections.inc({ door });
  onClose(() => connections.dec({ door }));
}

function end(watch: Watch, outcome: "ok" | "partial" | "failed" | "refused"): void {
  if (watch.isOver) return;
  watch.isOver = true;
  const { door, kind, operation, span, code, startedAt } = watch;
  operations(operation, kind, outcome, door).add();
  if (kind !== "subscription") operationSeconds(kind, outcome, door).observe((performance.now() - startedAt) / 1000);
  if (!span) return;
  span.setAttribute("outcome", outcome);
  if (code !== "") failSpan(span, code);
  span.end();
}
