import { executeQueryPlan, type ServiceMap } from "@apollo/gateway";
import type { PlanNode } from "@apollo/query-planner";
import { type DocumentNode, type GraphQLFormattedError, GraphQLError, type OperationDefinitionNode } from "graphql";
import type { Internals } from "#shared/internals.ts";
import { counter } from "#shared/telemetry.ts";
import { maskError } from "../plugins/mask-errors.ts";
import { type GatewayContext, requestScope } from "../request.ts";
import type { SubgraphClient } from "../subgraph-client.ts";
import type { LoadedSupergraph } from "../supergraph.ts";
import { planSubscription, type SubscriptionPlan } from "./plan.ts";
import { openStream } from "./stream.ts";
import type { Frame, Upstream } from "./upstream.ts";

export type SubscriptionRequest = {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Record<string, unknown>;
  readonly context: GatewayContext;
};
/** Follows a validated subscription with coerced variables; `return()` ends the upstream at once, also while it is quiet. */
export type Subscribe = (request: SubscriptionRequest) => AsyncGenerator<Frame, void, void>;

type Parts = {
  readonly supergraph: LoadedSupergraph;
  readonly clients: ReadonlyMap<string, SubgraphClient>;
  readonly upstream: Upstream;
  readonly settings: Internals;
};

const frames = counter("gateway_subscription_frames_total", "Frames handed to clients of subscriptions", ["subgraph"]);

/** Plans once per document; per event runs the rest of the plan on the caller's own token, one frame after the other (W-25). */
export function createSubscribe(parts: Parts): Subscribe {
  const plans = new WeakMap<OperationDefinitionNode, SubscriptionPlan>();
  return (request) => {
    const { document, operation, variables, context } = request;
    const plan = plans.get(operation) ?? planSubscription(parts.supergraph, document, operation);
    plans.set(operation, plan);
    const { caller, correlationId, log } = context;
    const stream = openStream({
      upstream: parts.upstream,
      plan,
      request: { caller, correlationId, variables },
      settings: parts.settings,
      log,
    });
    const next = async (): Promise<IteratorResult<Frame, void>> => {
      const frame = await stream.take();
      if (!frame) return { done: true, value: undefined };
      frames.inc({ subgraph: plan.primary.serviceName });
      return { done: false, value: await requestScope.run(context, () => completeFrame(parts, plan, request, frame)) };
    };
    return generator(next, stream.close);
  };
}

function generator(
  next: () => Promise<IteratorResult<Frame, void>>,
  close: () => void,
): AsyncGenerator<Frame, void, void> {
  const end = async () => close();
  return {
    next,
    return: async () => end().then(() => ({ done: true, value: undefined })),
    throw: async (error) => end().then(() => Promise.reject(error)),
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: end,
  };
}

/** The event with whatever the document wants of other subgraphs; when those fail, the event with errors (W-25.7). */
async function completeFrame(
  parts: Parts,
  plan: SubscriptionPlan,
  request: SubscriptionRequest,
  frame: Frame,
): Promise<Frame> {
  if (!frame.data) return { data: null, ...(frame.errors ? { errors: masked(frame.errors) } : {}) };
  const primary: PlanNode = { ...plan.primary, operationKind: "query" as typeof plan.primary.operationKind };
  const whole: PlanNode = plan.rest ? { kind: "Sequence", nodes: [primary, plan.rest] } : primary;
  const event = structuredClone(frame);
  try {
    return await run(parts, plan, request, whole, event);
  } catch (error) {
    const alone = await run(parts, plan, request, primary, frame);
    return { ...alone, errors: [...(alone.errors ?? []), ...masked([error])] };
  }
}

/** The stock executor with the event in the place of the primary fetch; everything else is fetched as ever. */
async function run(
  parts: Parts,
  plan: SubscriptionPlan,
  request: SubscriptionRequest,
  node: PlanNode,
  event: Frame,
): Promise<Frame> {
  const context = { ...request.context, deadlineAt: Date.now() + parts.settings.subgraphDeadlineMs };
  const { serviceName } = plan.primary;
  const services: ServiceMap = Object.fromEntries(parts.clients);
  const primary = services[serviceName];
  services[serviceName] = {
    process: async (fetch) => {
      if ("pathInIncomingRequest" in fetch && fetch.pathInIncomingRequest?.length === 0) return event as never;
      if (!primary) throw new Error(`the subgraph ${serviceName} has no address`);
      return primary.process(fetch);
    },
  };
  const requestContext = { request: { variables: request.variables }, metrics: {}, context, logger: context.log };
  const { supergraphSchema, apiSchema } = parts.supergraph;
  const result = await executeQueryPlan(
    { kind: "QueryPlan", node },
    services,
    requestContext as unknown as Parameters<typeof executeQueryPlan>[2],
    plan.operationContext,
    supergraphSchema,
    apiSchema,
  );
  const data = (result.data ?? null) as Frame["data"] & object;
  return result.errors?.length ? { data, errors: masked(result.errors) } : { data };
}

function masked(errors: readonly unknown[]): GraphQLFormattedError[] {
  return errors.map((error) => {
    if (!(error instanceof Error)) return maskError(error as GraphQLFormattedError, error);
    const known = error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error });
    return maskError(known.toJSON(), known);
  });
}
