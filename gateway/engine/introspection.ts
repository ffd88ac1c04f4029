import {
  executeSync,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from "graphql";
import { createKept } from "./kept.ts";
import type { Variables } from "./run.ts";
import type { FieldShape } from "./shape.ts";

const KEPT_ANSWERS = 16;

/** `__schema` and `__type` are the gateway's own to answer: by graphql-js from the API schema, kept by the variables they use. */
export function createIntrospect(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): (field: FieldShape, variables: Variables) => string {
  const used = variablesOf(operation, fragments);
  const kept = createKept<string>(KEPT_ANSWERS);
  return (field, variables) => {
    const given = Object.fromEntries([...used].map((name) => [name, variables[name]]));
    const key = `${field.key} ${JSON.stringify(given)}`;
    return kept.get(key) ?? kept.set(key, introspect(schema, operation, fragments, field, variables));
  };
}

function introspect(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  field: FieldShape,
  variables: Variables,
): string {
  const only: OperationDefinitionNode = {
    ...operation,
    operation: OperationTypeNode.QUERY,
    selectionSet: { kind: Kind.SELECTION_SET, selections: field.nodes },
  };
  const { data, errors } = executeSync({
    schema,
    document: { kind: Kind.DOCUMENT, definitions: [only, ...fragments.values()] },
    variableValues: variables,
  });
  const [error] = errors ?? [];
  if (error) throw error;
  return JSON.stringify(data?.[field.key] ?? null);
}

/** The variables an operation uses anywhere: few, and an answer kept once too often is no harm. */
function variablesOf(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of [operation.selectionSet, ...fragments.values()])
    visit(node, { Variable: ({ name }) => void names.add(name.value) });
  return names;
}
