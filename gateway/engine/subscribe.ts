import { GraphQLError } from "graphql";
import { counter } from "#shared/telemetry.ts";
import { coded } from "#shared/errors.ts";
import { type GatewayContext, requestScope } from "../request.ts";
import { coerceVariables } from "./coerce-variables.ts";
import { compilePlan } from "./compile-plan.ts";
import { isObject } from "./data.ts";
import type { Answer, EngineParts } from "./engine.ts";
import { clientOf } from "./fetch-node.ts";
import { answerOf, createRun, plannedVariables, refuseOperation } from "./execute.ts";
import type { SubgraphClient } from "../subgraph-client.ts";
import { hasStream, planSubscription, type SubscriptionPlan } from "./plan.ts";
import type { PreparedOperation } from "./prepare.ts";
import { compileRewrites } from "./rewrites.ts";
import type { Step, Variables } from "./run.ts";
import { openStream } from "./stream.ts";
import type { Frame } from "./upstream.ts";
import { planOrRefuse, type Variant } from "./variants.ts";

/** Follows a subscription; `return()` ends the upstream at once, also while it is quiet. */
export type Subscribe = (
  operation: PreparedOperation,
  variables: Variables,
  context: GatewayContext,
) => AsyncGenerator<Answer, void, void>;

type Parts = Pick<EngineParts, "supergraph" | "clients" | "subscriptions">;
type Planned = {
  readonly plan: SubscriptionPlan;
  readonly rest: Step | undefined;
  readonly rewrite: ((value: unknown) => void) | undefined;
  readonly told: SubgraphClient["told"];
};

const frames = counter("gateway_subscription_frames_total", "Frames handed to clients of subscriptions", ["subgraph"]);

/** Plans once per document; per event runs the rest of the plan on the caller's own token, one frame after the other (W-25). */
export function createSubscribe(parts: Parts): Subscribe {
  const { supergraph, subscriptions } = parts;
  const plans = new WeakMap<Variant, Planned>();
  const planOf = (variant: Variant): Planned => {
    const known = plans.get(variant) ?? planOrRefuse(() => planVariant(parts, variant));
    plans.set(variant, known);
    return known;
  };
  return (operation, given, context) => {
    const values = coerceVariables(supergraph.schema, operation, given);
    const variant = operation.variantFor(context, values);
    if (!subscriptions) return once(refuse(coded("NOT_AVAILABLE", { field: "subscriptions" })));
    if (variant.isRefused || !hasStream(supergraph, variant.safe.document)) return once(refuseOperation(variant));
    const { upstream, settings } = subscriptions;
    const planned = planOf(variant);
    const { caller, correlationId, log } = context;
    const variables = plannedVariables(variant, values);
    const stream = openStream({
      upstream,
      plan: planned.plan,
      request: { caller, correlationId, variables },
      settings,
      log,
    });
    const next = async (): Promise<IteratorResult<Answer, void>> => {
      const frame = await stream.take();
      if (!frame) return { done: true, value: undefined };
      frames.inc({ subgraph: planned.plan.primary.serviceName });
      const fresh = { ...context, deadlineAt: Date.now() + settings.subgraphDeadlineMs };
      const value = await requestScope.run(context, () => completeFrame(planned, variant, values, fresh, frame));
      return { done: false, value };
    };
    return generator(next, stream.close);
  };
}

function planVariant({ supergraph, clients }: Parts, { safe, overrides }: Variant): Planned {
  const plan = planSubscription(supergraph, safe.document, overrides);
  const places = { schema: supergraph.supergraphSchema, clients };
  return {
    plan,
    rest: plan.rest && compilePlan(places, plan.rest),
    rewrite: compileRewrites(supergraph.supergraphSchema, plan.primary.outputRewrites),
    told: clientOf(places, plan.primary.serviceName).told,
  };
}

/** The event with whatever the document wants of other subgraphs; when those fail, the event with errors (W-25.7). */
async function completeFrame(
  { plan, rest, rewrite, told }: Planned,
  variant: Variant,
  variables: Variables,
  context: GatewayContext,
  frame: Frame,
): Promise<Answer> {
  const errors = told(frame.errors ?? [], context.log).map(({ message, path, extensions }) => {
    const where = path ? { path } : {};
    return new GraphQLError(message, {
      ...where,
      extensions: { ...extensions, serviceName: plan.primary.serviceName },
    });
  });
  if (!isObject(frame.data)) return { data: "null", errors };
  rewrite?.(frame.data);
  const run = createRun(variant, variables, context, frame.data);
  run.errors.push(...errors);
  await rest?.(run);
  return answerOf(variant, run, variables);
}

function refuse(originalError: Error): Answer {
  return { data: undefined, errors: [new GraphQLError(originalError.message, { originalError })] };
}

async function* once(answer: Answer): AsyncGenerator<Answer, void, void> {
  yield answer;
}

function generator(
  next: () => Promise<IteratorResult<Answer, void>>,
  close: () => void,
): AsyncGenerator<Answer, void, void> {
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
