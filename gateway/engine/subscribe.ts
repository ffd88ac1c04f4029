import { type DocumentNode, type OperationDefinitionNode, print } from "graphql";
import type { Internals } from "#shared/internals.ts";
import { maskError } from "../plugins/mask-errors.ts";
import { type GatewayContext, requestScope } from "../request.ts";
import type { SubgraphClient } from "../subgraph-client.ts";
import type { LoadedSupergraph } from "../supergraph.ts";
import { type Answer, createEngine } from "./engine.ts";
import type { Frame, Upstream } from "./upstream.ts";

export type SubscriptionRequest = {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Record<string, unknown>;
  readonly context: GatewayContext;
};
/** Follows a validated subscription; `return()` ends the upstream at once, also while it is quiet. */
export type Subscribe = (request: SubscriptionRequest) => AsyncGenerator<Frame, void, void>;

/** The engine's subscriptions as objects with masked errors, for doors that don't send the engine's text yet. */
export function createSubscribe(parts: {
  readonly supergraph: LoadedSupergraph;
  readonly clients: ReadonlyMap<string, SubgraphClient>;
  readonly upstream: Upstream;
  readonly settings: Internals;
}): Subscribe {
  const { upstream, settings, ...rest } = parts;
  const engine = createEngine({ ...rest, subscriptions: { upstream, settings } });
  return ({ document, operation, variables, context }) => {
    const prepared = engine.prepare(print(document), operation.name?.value);
    const answers = engine.subscribe(prepared, variables, context);
    const frames = {
      next: async () => {
        const { done, value } = await answers.next();
        return done ? { done, value } : { done: false, value: requestScope.run(context, () => toFrame(value)) };
      },
      return: async () => answers.return(),
      throw: async (error: unknown) => answers.throw(error),
      [Symbol.asyncIterator]: () => frames,
      [Symbol.asyncDispose]: async () => void (await answers.return()),
    } as AsyncGenerator<Frame, void, void>;
    return frames;
  };
}

function toFrame({ data = "null", errors }: Answer): Frame {
  const masked = errors.map((error) => maskError(error.toJSON(), error));
  return { data: JSON.parse(data) as Frame["data"] & object, ...(masked.length ? { errors: masked } : {}) };
}
