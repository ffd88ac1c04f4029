import { operationFromDocument } from "@apollo/federation-internals";
import type { FetchNode, PlanNode } from "@apollo/query-planner";
import {
  type DocumentNode,
  type FieldNode,
  getArgumentValues,
  getNamedType,
  type GraphQLField,
  type GraphQLObjectType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  visit,
} from "graphql";
import type { LoadedSupergraph } from "../supergraph.ts";
import type { Variables } from "./run.ts";

/** How one subscription document is followed: one upstream subscription, and what each event still needs of other subgraphs. */
export type SubscriptionPlan = {
  readonly primary: FetchNode;
  readonly rest: PlanNode | undefined;
  /** How the stream is resumed; undefined for one that has no cursor. */
  readonly resume: Resume | undefined;
};

export type Resume = {
  /** The variable of the upstream document that says where to start. */
  readonly variable: string;
  /** Where the client wants to start. */
  readonly start: (variables: Variables) => unknown;
  /** The cursor of a frame. */
  readonly cursorOf: (data: Variables | null | undefined) => string | undefined;
};

/** Plans a validated subscription; a stream whose field has `after` and whose frame has `cursor` gets both upstream, asked for or not. */
export function planSubscription(
  supergraph: LoadedSupergraph,
  document: DocumentNode,
  overrideConditions: ReadonlyMap<string, boolean> = new Map(),
): SubscriptionPlan {
  const { upstream, resume } = withCursor(supergraph, document);
  const plan = supergraph.planner.buildQueryPlan(operationFromDocument(supergraph.apiSchema, upstream), {
    overrideConditions: new Map(overrideConditions),
  });
  if (plan.node?.kind !== "Subscription") throw new Error(`planned a subscription as ${plan.node?.kind}`);
  return { primary: plan.node.primary, rest: plan.node.rest, resume };
}

/** Whether a subscription still has the field that it follows: a caller may be refused it. */
export const hasStream = (supergraph: LoadedSupergraph, document: DocumentNode): boolean =>
  rootField(supergraph, document) !== undefined;

/** The document with our `after` and cursor in it, whether the root field stands in the operation or in a fragment on Subscription. */
function withCursor(supergraph: LoadedSupergraph, document: DocumentNode) {
  const root = rootField(supergraph, document);
  if (!root || !isResumable(root.definition)) return { upstream: document, resume: undefined };
  const { node, definition } = root;
  const [variable, alias] = [freeName("bhAfter", document), freeName("bhCursor", document)];
  const upstream = visit(document, {
    Field: (field) => (field === node ? withAfterAndCursor(field, variable, alias) : undefined),
    OperationDefinition: { leave: (operation) => withVariable(operation, variable) },
  });
  const frame = node.alias?.value ?? node.name.value;
  const cursorOf: Resume["cursorOf"] = (data) => {
    const cursor = (data?.[frame] as Variables | null | undefined)?.[alias];
    return typeof cursor === "string" ? cursor : undefined;
  };
  return { upstream, resume: { variable, start: startOf(node, definition), cursorOf } };
}

const startOf =
  (node: FieldNode, definition: GraphQLField<unknown, unknown>): Resume["start"] =>
  (variables) =>
    getArgumentValues(definition, node, variables as Record<string, unknown>)["after"];

type Root = { node: FieldNode; definition: GraphQLField<unknown, unknown> };

/** A subscription has one root field (validated); `__typename` is the only other thing that can stand there. */
function rootField({ schema }: LoadedSupergraph, document: DocumentNode): Root | undefined {
  const type = schema.getSubscriptionType();
  const sets = document.definitions.flatMap((definition) => {
    if (definition.kind === Kind.OPERATION_DEFINITION) return [definition.selectionSet];
    const isOnRoot = definition.kind === Kind.FRAGMENT_DEFINITION && definition.typeCondition.name.value === type?.name;
    return isOnRoot ? [definition.selectionSet] : [];
  });
  for (const set of sets) {
    const node = fieldsOf(set.selections).find(({ name }) => type && name.value in type.getFields());
    const definition = node && type?.getFields()[node.name.value];
    if (node && definition) return { node, definition };
  }
  return undefined;
}

const fieldsOf = (selections: OperationDefinitionNode["selectionSet"]["selections"]): FieldNode[] =>
  selections.flatMap((node) => {
    if (node.kind === Kind.FIELD) return [node];
    return node.kind === Kind.INLINE_FRAGMENT ? fieldsOf(node.selectionSet.selections) : [];
  });

function isResumable(definition: GraphQLField<unknown, unknown>): boolean {
  const frame = getNamedType(definition.type);
  const hasCursor = isObjectType(frame) && "cursor" in (frame as GraphQLObjectType).getFields();
  return hasCursor && definition.args.some(({ name }) => name === "after");
}

function freeName(wanted: string, document: DocumentNode): string {
  const taken = new Set<string>();
  visit(document, { Name: ({ value }) => void taken.add(value) });
  let name = wanted;
  while (taken.has(name)) name += "_";
  return name;
}

function withAfterAndCursor(field: FieldNode, variable: string, alias: string): FieldNode {
  const [made] = fieldsOf(selectionsOf(`{ field(after: $${variable}) { ${alias}: cursor } }`));
  const others = (field.arguments ?? []).filter(({ name }) => name.value !== "after");
  return {
    ...field,
    arguments: [...others, ...(made?.arguments ?? [])],
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: [...(field.selectionSet?.selections ?? []), ...(made?.selectionSet?.selections ?? [])],
    },
  };
}

const selectionsOf = (text: string) => (parse(text).definitions[0] as OperationDefinitionNode).selectionSet.selections;

function withVariable(operation: OperationDefinitionNode, variable: string): OperationDefinitionNode {
  const made = parse(`query ($${variable}: String) { a }`).definitions[0] as OperationDefinitionNode;
  return {
    ...operation,
    variableDefinitions: [...(operation.variableDefinitions ?? []), ...(made.variableDefinitions ?? [])],
  };
}
