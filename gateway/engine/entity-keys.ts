import {
  type ConstDirectiveNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
} from "graphql";

type Keys = ReadonlyMap<string, readonly (readonly string[])[]>;
const kept = new WeakMap<GraphQLSchema, ReadonlyMap<string, Keys>>();

/**
 * Whether fields hold a whole key of a type in a subgraph, one of its own or of an interface that is an entity there. A plan's `requires` may apply to a type
 * only in the part that a `@requires` added: what it then makes is no representation.
 */
export function holdsKey(
  schema: GraphQLSchema,
  subgraph: string,
  typename: string,
  fields: ReadonlySet<string>,
): boolean {
  const known = kept.get(schema) ?? readKeys(schema);
  kept.set(schema, known);
  const type = schema.getType(typename);
  const interfaces = isObjectType(type) || isInterfaceType(type) ? type.getInterfaces() : [];
  const keys = [typename, ...interfaces.map(({ name }) => name)].flatMap(
    (name) => known.get(subgraph)?.get(name) ?? [],
  );
  return keys.length === 0 || keys.some((key) => key.every((name) => fields.has(name)));
}

/** The top fields of every `@join__type(graph:, key:)`, by subgraph and type. */
function readKeys(schema: GraphQLSchema): ReadonlyMap<string, Keys> {
  const subgraphs = new Map<string, Map<string, string[][]>>();
  const names = readNames(schema.getType("join__Graph"));
  for (const type of Object.values(schema.getTypeMap())) {
    for (const directive of directivesOf(type, "join__type")) {
      const [graph, key] = [argument(directive, "graph"), argument(directive, "key")];
      const subgraph = names.get(String(graph));
      if (subgraph === undefined || key === undefined) continue;
      const types = subgraphs.get(subgraph) ?? new Map<string, string[][]>();
      types.set(type.name, [...(types.get(type.name) ?? []), topFields(key)]);
      subgraphs.set(subgraph, types);
    }
  }
  return subgraphs;
}

/** `REVIEWS` → `reviews`. */
function readNames(graphs: GraphQLNamedType | undefined): ReadonlyMap<string, string> {
  const values = graphs?.astNode?.kind === Kind.ENUM_TYPE_DEFINITION ? (graphs.astNode.values ?? []) : [];
  return new Map(
    values.flatMap(({ name, directives }) => {
      const given = directives?.find((directive) => directive.name.value === "join__graph");
      const subgraph = given && argument(given, "name");
      return subgraph === undefined ? [] : [[name.value, subgraph] as const];
    }),
  );
}

const directivesOf = ({ astNode }: GraphQLNamedType, wanted: string): readonly ConstDirectiveNode[] =>
  astNode?.directives?.filter(({ name }) => name.value === wanted) ?? [];

function argument({ arguments: given = [] }: ConstDirectiveNode, wanted: string): string | undefined {
  const value = given.find(({ name }) => name.value === wanted)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}

function topFields(key: string): string[] {
  const [definition] = parse(`{${key}}`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) return [];
  return definition.selectionSet.selections.flatMap((node) => (node.kind === Kind.FIELD ? [node.name.value] : []));
}
