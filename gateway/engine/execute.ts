import { GraphQLError } from "graphql";
import { coded } from "#shared/errors.ts";
import type { GatewayContext } from "../request.ts";
import type { Answer } from "./engine.ts";
import type { PreparedOperation } from "./prepare.ts";
import type { FieldShape } from "./shape.ts";
import type { Run, Variables } from "./run.ts";
import type { Variant } from "./variants.ts";

/** Runs a prepared query or mutation with coerced variables. */
export async function execute(
  operation: PreparedOperation,
  variables: Variables,
  context: GatewayContext,
): Promise<Answer> {
  const variant = operation.variantFor(context, variables);
  if (variant.isRefused) return refuseOperation(variant);
  const run = createRun(variant, variables, context);
  await variant.step?.(run);
  return answerOf(variant, run, variables);
}

/** A run over what is known already: nothing, or a subscription's event. */
export function createRun(
  variant: Variant,
  variables: Variables,
  context: GatewayContext,
  data: Run["data"] = {},
): Run {
  return { variables: plannedVariables(variant, variables), context, data, errors: [] };
}

/** The answer of a run that is over. */
export function answerOf(variant: Variant, run: Run, variables: Variables): Answer {
  const errors = variant.clientKeys.size ? run.errors.map((error) => inClientKeys(variant, error)) : run.errors;
  const introspect = (field: FieldShape) => variant.introspect(field, variables);
  return { data: variant.shaper(run.data, { errors, introspect }), errors };
}

/** By setting: a caller who may not have all of an operation gets none of it. */
export function refuseOperation({ refused }: Variant): Answer {
  const names = new Set([...refused.fields].map(({ name }) => name.value));
  const originalError = coded("FORBIDDEN", { field: [...names].join(", ") });
  return { data: undefined, errors: [new GraphQLError(originalError.message, { originalError })] };
}

export function plannedVariables({ safe }: Variant, variables: Variables): Variables {
  if (safe.variables.size === 0) return variables;
  return {
    ...variables,
    ...Object.fromEntries([...safe.variables].map(([name, planned]) => [planned, variables[name]])),
  };
}

/** Paths name the client's keys, not the plan's. */
function inClientKeys({ clientKeys }: Variant, error: GraphQLError): GraphQLError {
  const { path, message, extensions, originalError } = error;
  if (!path?.some((part) => clientKeys.has(String(part)))) return error;
  return new GraphQLError(message, {
    path: path.map((part) => clientKeys.get(String(part)) ?? part),
    extensions,
    originalError: originalError ?? null,
  });
}
