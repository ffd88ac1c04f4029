import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { refuseOver } from "./limits.ts";

type Counts = ReadonlyMap<string, number>;
const NONE: Counts = new Map();

/**
 * Throws TOO_COSTLY when a validated operation leads round in circles: a return's order's returns' orders' returns … Each round multiplies the answer by what
 * its lists hold, so that a short document could ask for more than fits into memory. Counted are lists of one type within each other; what is single multiplies nothing.
 */
export function checkCircles(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const known = new Map<string, Counts>();
  const ofFragment = (name: string): Counts => {
    const fragment = fragments.get(name);
    const counts =
      known.get(name) ?? (fragment ? ofSet(fragment.selectionSet, fragment.typeCondition.name.value) : NONE);
    known.set(name, counts);
    return counts;
  };
  const ofSet = (set: SelectionSetNode, typeName: string): Counts => {
    const most = new Map<string, number>();
    for (const node of set.selections) {
      const inner =
        node.kind === Kind.FIELD
          ? ofField(typeName, node.name.value, node.selectionSet)
          : node.kind === Kind.FRAGMENT_SPREAD
            ? ofFragment(node.name.value)
            : ofSet(node.selectionSet, node.typeCondition?.name.value ?? typeName);
      for (const [type, count] of inner) most.set(type, Math.max(count, most.get(type) ?? 0));
    }
    return most;
  };
  const ofField = (parent: string, name: string, set: SelectionSetNode | undefined): Counts => {
    // Introspection has a limit of its own in graphql-js.
    const found = set && !name.startsWith("__") ? typeOf(schema, parent, name) : undefined;
    if (!set || !found) return NONE;
    const { type, isList } = found;
    const inside = ofSet(set, type.name);
    if (!isList) return inside;
    const counts = new Map(inside);
    const count = (counts.get(type.name) ?? 0) + 1;
    refuseOver("circles", count);
    return counts.set(type.name, count);
  };
  ofSet(operation.selectionSet, schema.getRootType(operation.operation)?.name ?? "");
}

type Returned = { readonly type: GraphQLCompositeType; readonly isList: boolean };

function typeOf(schema: GraphQLSchema, parent: string, field: string): Returned | undefined {
  const on = schema.getType(parent);
  if (!isCompositeType(on) || isUnionType(on)) return undefined;
  const returned = on.getFields()[field]?.type;
  const type = returned && getNamedType(returned);
  return isCompositeType(type) ? { type, isList: isListType(getNullableType(returned)) } : undefined;
}
