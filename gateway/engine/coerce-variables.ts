import { getVariableValues, type GraphQLError, type GraphQLSchema } from "graphql";
import { withCode } from "./documents-refused.ts";
import type { PreparedOperation } from "./prepare.ts";
import type { Variables } from "./run.ts";

const MAX_ERRORS = 20;
const NONE: Variables = {};

/** Variables as the operation declares them, with defaults, before anything else happens; or what is wrong with them (BAD_USER_INPUT). */
export function coerceVariables(
  schema: GraphQLSchema,
  { operation }: Pick<PreparedOperation, "operation">,
  given: Variables,
): { values: Variables } | { errors: readonly GraphQLError[] } {
  const definitions = operation.variableDefinitions ?? [];
  if (definitions.length === 0) return { values: NONE };
  const { coerced, errors } = getVariableValues(schema, definitions, given, { maxErrors: MAX_ERRORS });
  return coerced ? { values: coerced } : { errors: errors.map((error) => withCode(error, "BAD_USER_INPUT")) };
}
