import { correlationIdIn } from "#shared/caller.ts";
import { forClient } from "#shared/errors.ts";
import type { ResolverMap, Subgraph, SubgraphContext } from "./context.ts";

/** `over` is aborted when the client has left: an async generator that waits for an event can't be ended in any other way. */
export type Subscribe = (parent: any, args: any, context: any, over: AbortSignal) => AsyncIterable<unknown>;

/**
 * Wraps every `subscribe` of a subgraph: the connection's context lives long, so each event gets fresh loaders; the source hears when the
 * client leaves; and an error of the stream becomes one last frame with a masked error, for mercurius would pass its text on as it is.
 */
export function guardSubscriptions({ resolvers, createLoaders }: Subgraph): ResolverMap {
  const { Subscription, ...others } = resolvers;
  if (!Subscription) return resolvers;
  const guarded = Object.entries(Subscription).map(([field, resolver]) => {
    if (typeof resolver === "function") throw new TypeError(`Subscription.${field} has no subscribe`);
    const { subscribe, ...rest } = resolver;
    const start = (parent: unknown, args: unknown, context: SubgraphContext<unknown>) => {
      const over = new AbortController();
      correlate(context);
      return endable(
        framesOf({ field, createLoaders, context, over }, () => subscribe(parent, args, context, over.signal)),
        over,
      );
    };
    return [field, { ...rest, subscribe: start }];
  });
  return { ...others, Subscription: Object.fromEntries(guarded) };
}

/** The context is the operation's own by now; what it has of the socket is the correlation id of who opened that. Mercurius puts the operation's id into it. */
function correlate(context: SubgraphContext<unknown> & { id?: unknown }): void {
  const correlationId = correlationIdIn(context.id) ?? context.correlationId;
  const { call, log } = context;
  Object.assign(context, { correlationId, call: { ...call, correlationId }, log: log.child({ correlationId }) });
}

type Running = {
  field: string;
  createLoaders: Subgraph["createLoaders"];
  context: SubgraphContext<unknown>;
  over: AbortController;
};

async function* framesOf({ field, createLoaders, context, over }: Running, open: () => AsyncIterable<unknown>) {
  context.loaders = createLoaders(context);
  try {
    for await (const event of open()) {
      context.loaders = createLoaders(context);
      yield event;
    }
  } catch (error) {
    if (over.signal.aborted) return;
    const shown = forClient(error);
    if (shown.code === "INTERNAL_SERVER_ERROR") context.log.error({ err: error, field }, "a subscription broke");
    yield { [field]: shown };
  }
}

/** Ends at once, whatever the generator waits for; its `finally` runs when the abort wakes it. */
function endable(frames: AsyncGenerator<unknown>, over: AbortController): AsyncIterableIterator<unknown> {
  return {
    next: () => frames.next(),
    return: async () => {
      over.abort();
      void frames.return(undefined);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
