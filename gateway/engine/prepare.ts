import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  parse,
  separateOperations,
  specifiedRules,
  validate,
} from "graphql";
import { coded } from "#shared/errors.ts";
import { checkCircles } from "../plugins/circles.ts";
import { checkLimits, LIMITS } from "../plugins/limits.ts";
import { preparedBefore, watchPrepare } from "../telemetry/watch-prepare.ts";
import { readRequirements } from "./authorize.ts";
import type { EngineParts, Prepared } from "./engine.ts";
import { createKept } from "./kept.ts";
import { OperationRefused, withCode } from "./operation-refused.ts";
import { createVariantsOf, type VariantFor, type VariantsOf } from "./variants.ts";

const KEPT_DOCUMENTS = 500;
const MAX_ERRORS = 20;

/** A prepared operation as the executor sees it. */
export type PreparedOperation = Prepared & {
  /** The operation and the fragments it uses. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** The one for what this caller is refused, the overrides in force and the values of its conditions; planned when it is first met. */
  readonly variantFor: VariantFor;
};

/** Prepares operations of one engine and keeps those in use. */
export function createPrepare(parts: EngineParts) {
  const kept = createKept<PreparedOperation>(KEPT_DOCUMENTS);
  const variantsOf = createVariantsOf(parts);
  const keyOf = (source: string, name: string) => `${name} ${source}`;
  // Clients name the only operation of a document, or don't: it is kept once, under the text alone, on all doors and for the next engine's warming.
  const find = (source: string, name: string | undefined): PreparedOperation | undefined => {
    const only = kept.get(source);
    if (only && (name === undefined || only.name === name)) return only;
    return name === undefined ? undefined : kept.get(keyOf(source, name));
  };
  const prepare = (source: string, operationName?: string | null): PreparedOperation => {
    const name = operationName || undefined;
    const known = find(source, name);
    if (known) {
      preparedBefore();
      return known;
    }
    const { isOnly, prepared } = watchPrepare(name, () => prepareOperation(parts, variantsOf, source, name));
    return kept.set(isOnly || name === undefined ? source : keyOf(source, name), prepared);
  };
  const inUse = () => kept.values().map(({ source, operationName }) => ({ source, operationName }));
  return { prepare, inUse };
}

function prepareOperation(
  { supergraph }: EngineParts,
  variantsOf: VariantsOf,
  source: string,
  operationName: string | undefined,
): { prepared: PreparedOperation; isOnly: boolean } {
  const whole = parseOrRefuse(source);
  const wrong = validate(supergraph.schema, whole, specifiedRules, { maxErrors: MAX_ERRORS });
  if (wrong.length) throw new OperationRefused(wrong.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED")));
  const operation = findOperation(whole, operationName);
  checkLimitsOrRefuse(supergraph.schema, whole, operation);
  const document = separateOperations(whole)[operation.name?.value ?? ""] ?? whole;
  const variantFor = variantsOf(document, operation, readRequirements(supergraph, document, operation));
  const { operation: kind, name } = operation;
  const prepared = { source, operationName, kind, name: name?.value, document, operation, variantFor };
  return { prepared, isOnly: getOperationAST(whole) !== null };
}

function parseOrRefuse(source: string): DocumentNode {
  try {
    return parse(source, { maxTokens: LIMITS.tokens });
  } catch (error) {
    throw error instanceof GraphQLError ? new OperationRefused([withCode(error, "GRAPHQL_PARSE_FAILED")]) : error;
  }
}

function findOperation(document: DocumentNode, operationName: string | undefined): OperationDefinitionNode {
  const operation = getOperationAST(document, operationName);
  if (operation) return operation;
  throw refused(
    coded("BAD_USER_INPUT", { problem: "Which operation? operationName has to name one of the document." }),
  );
}

const refused = (error: Error & { code: string }) =>
  new OperationRefused([new GraphQLError(error.message, { originalError: error, extensions: { code: error.code } })]);

function checkLimitsOrRefuse(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): void {
  try {
    checkLimits(document, operation);
    checkCircles(schema, document, operation);
  } catch (error) {
    throw error instanceof GraphQLError ? new OperationRefused([error]) : error;
  }
}
