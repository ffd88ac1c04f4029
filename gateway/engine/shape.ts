import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { isOfType } from "./possible-types.ts";
import type { Variables } from "./run.ts";

/** What an operation wants of one position of the answer. */
export type Shape = { readonly nonNull: boolean } & (
  | { readonly kind: "leaf"; readonly leaf: Leaf }
  | { readonly kind: "list"; readonly of: Shape }
  | { readonly kind: "object"; readonly object: ObjectShape }
);

export type Leaf =
  | { readonly is: "String" | "ID" | "Int" | "Float" | "Boolean" | "any" }
  /** Values as JSON; a value that the API schema doesn't have is none. */
  | { readonly is: "enum"; readonly texts: ReadonlyMap<unknown, string> };

export type FieldShape = {
  /** What the client calls it. */
  readonly key: string;
  /** What the plan calls it (safe-names.ts). */
  readonly from: string;
  /** `Return.order`, for messages. */
  readonly coordinate: string;
  readonly nodes: readonly FieldNode[];
} & (
  | { readonly kind: "typename" }
  | { readonly kind: "introspection" }
  | { readonly kind: "refused"; readonly nonNull: boolean }
  | { readonly kind: "value"; readonly shape: Shape }
);

export type ObjectShape = {
  readonly declared: GraphQLNamedType;
  /** The only type that can stand here; undefined for interfaces and unions. */
  readonly concrete: string | undefined;
  /** The fields for one type, in the order of the answer; undefined for a name that is no type of the API. */
  readonly fieldsOf: (typename: string) => readonly FieldShape[] | undefined;
};

export type ShapeParts = {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Decides @skip and @include; every combination has a shape of its own. */
  readonly variables: Variables;
  readonly refused: ReadonlySet<FieldNode>;
  /** What the plan calls a key of the client. */
  readonly safeNames: ReadonlyMap<string, string>;
};

/** The shape of an operation's whole answer. */
export function shapeOf(parts: ShapeParts): ObjectShape {
  const root = parts.schema.getRootType(parts.operation.operation);
  if (!root) throw new Error(`the API has no ${parts.operation.operation}`);
  return objectShape(parts, root, [parts.operation.selectionSet]);
}

function objectShape(
  parts: ShapeParts,
  declared: GraphQLNamedType,
  selections: readonly SelectionSetNode[],
): ObjectShape {
  const known = new Map<string, readonly FieldShape[] | undefined>();
  return {
    declared,
    concrete: isObjectType(declared) ? declared.name : undefined,
    fieldsOf: (typename) => {
      if (!known.has(typename)) known.set(typename, fieldsFor(parts, typename, selections));
      return known.get(typename);
    },
  };
}

function fieldsFor(
  parts: ShapeParts,
  typename: string,
  selections: readonly SelectionSetNode[],
): readonly FieldShape[] | undefined {
  const type = parts.schema.getType(typename);
  if (!isObjectType(type) && !isInterfaceType(type)) return undefined;
  const groups = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  for (const set of selections) collectFields(parts, typename, set, groups, visited);
  const fields = type.getFields();
  return [...groups].flatMap(([key, nodes]): FieldShape[] => {
    const [first] = nodes;
    const name = first?.name.value ?? "";
    const common = { key, from: parts.safeNames.get(key) ?? key, coordinate: `${typename}.${name}`, nodes };
    if (name === "__typename")
      return [isObjectType(type) ? { ...common, kind: "typename" } : { ...common, kind: "value", shape: unresolved }];
    if (name === "__schema" || name === "__type") return [{ ...common, kind: "introspection" }];
    const definition = fields[name];
    // An interface that an @interfaceObject subgraph left unresolved has not all fields of its types.
    if (!definition) return [];
    if (nodes.some((node) => parts.refused.has(node)))
      return [{ ...common, kind: "refused", nonNull: isNonNullType(definition.type) }];
    return [{ ...common, kind: "value", shape: shapeFor(parts, definition.type, nodes) }];
  });
}

/** No object is of an interface: what says so was left unresolved by its subgraphs. */
const unresolved: Shape = { nonNull: true, kind: "leaf", leaf: { is: "enum", texts: new Map() } };

function shapeFor(parts: ShapeParts, type: GraphQLOutputType, nodes: readonly FieldNode[]): Shape {
  const nonNull = isNonNullType(type);
  const nullable = isNonNullType(type) ? type.ofType : type;
  if (isListType(nullable)) return { nonNull, kind: "list", of: shapeFor(parts, nullable.ofType, nodes) };
  if (isLeafType(nullable)) return { nonNull, kind: "leaf", leaf: leafOf(nullable) };
  const selections = nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []));
  return { nonNull, kind: "object", object: objectShape(parts, getNamedType(nullable), selections) };
}

function leafOf(type: GraphQLNamedType): Leaf {
  if (isEnumType(type))
    return { is: "enum", texts: new Map(type.getValues().map(({ name }) => [name, JSON.stringify(name)])) };
  const { name } = type;
  const isBuiltIn = name === "String" || name === "ID" || name === "Int" || name === "Float" || name === "Boolean";
  return { is: isBuiltIn ? name : "any" };
}

function collectFields(
  parts: ShapeParts,
  typename: string,
  set: SelectionSetNode,
  groups: Map<string, FieldNode[]>,
  visited: Set<string>,
): void {
  for (const node of set.selections) {
    if (!isIncluded(node.directives, parts.variables)) continue;
    if (node.kind === Kind.FIELD) {
      const key = node.alias?.value ?? node.name.value;
      const group = groups.get(key);
      if (group) group.push(node);
      else groups.set(key, [node]);
      continue;
    }
    if (node.kind === Kind.FRAGMENT_SPREAD) {
      if (visited.has(node.name.value)) continue;
      visited.add(node.name.value);
    }
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : parts.fragments.get(node.name.value);
    const condition = fragment?.typeCondition?.name.value;
    if (!fragment || (condition !== undefined && !isOfType(parts.schema, typename, condition))) continue;
    collectFields(parts, typename, fragment.selectionSet, groups, visited);
  }
}

function isIncluded(directives: readonly DirectiveNode[] | undefined, variables: Variables): boolean {
  for (const { name, arguments: given } of directives ?? []) {
    if (name.value !== "skip" && name.value !== "include") continue;
    const value = given?.[0]?.value;
    const isTrue = value?.kind === Kind.VARIABLE ? variables[value.name.value] === true : isTrueLiteral(value);
    if (isTrue === (name.value === "skip")) return false;
  }
  return true;
}

const isTrueLiteral = (value: { kind: Kind; value?: unknown } | undefined) =>
  value?.kind === Kind.BOOLEAN && value.value === true;
