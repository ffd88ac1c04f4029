import { getVariableValues, type GraphQLSchema } from "graphql";
import { OperationRefused, withCode } from "./operation-refused.ts";
import type { PreparedOperation } from "./prepare.ts";
import type { Variables } from "./run.ts";

const MAX_ERRORS = 20;
const COERCED = Symbol("coerced");

/** Variables as their operation declares them, with defaults. */
export type Coerced = Variables & { readonly [COERCED]: true };

const NONE: Coerced = { [COERCED]: true };

/** Makes variables what the operation declares, before anything else happens; throws OperationRefused with BAD_USER_INPUT for each that can't be. */
export function coerceVariables(
  schema: GraphQLSchema,
  { operation }: Pick<PreparedOperation, "operation">,
  given: Variables | Coerced,
): Coerced {
  if (COERCED in given) return given as Coerced;
  const definitions = operation.variableDefinitions ?? [];
  if (definitions.length === 0) return NONE;
  const { coerced, errors } = getVariableValues(schema, definitions, given, { maxErrors: MAX_ERRORS });
  if (!coerced) throw new OperationRefused(errors.map((error) => withCode(error, "BAD_USER_INPUT")));
  return Object.assign(coerced, { [COERCED]: true } as const);
}
