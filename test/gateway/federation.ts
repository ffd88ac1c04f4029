import { buildSubgraphSchema } from "@apollo/subgraph";
import { composeServices } from "@apollo/composition";
import {
  type DocumentNode,
  execute,
  type FormattedExecutionResult,
  type FieldDefinitionNode,
  type GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
  validate,
} from "graphql";
import { type LoadedSupergraph, loadSupergraph } from "#gateway/supergraph.ts";

/** An object of the graph with all it has in all subgraphs (`stock_x`: known to the subgraph stock alone); `missingIn` names subgraphs that answer null for it. */
export type Row = Record<string, any> & { readonly __typename: string; readonly missingIn?: readonly string[] };
/** What one request works on; made anew for each, so that mutations leave no trace. */
export type Data = { readonly rows: readonly Row[] } & Record<string, any>;
export type Resolvers = Record<string, Record<string, GraphQLFieldResolver<any, Data>>>;

export type FederationParts = {
  readonly name: string;
  /** The SDL of each subgraph without its `@link`. */
  readonly subgraphs: Readonly<Record<string, string>>;
  readonly data: () => Data;
  /** Ids and names of the data, for generated arguments. */
  readonly words: readonly string[];
  /** One for a field in every subgraph, and in the monolith. Where there is none, the row's own property. */
  readonly resolvers: Resolvers;
};

export type SubgraphCall = {
  readonly subgraph: string;
  readonly query: string;
  readonly variables: Record<string, any>;
};
export type Answer = FormattedExecutionResult<Record<string, any>>;
/** A subgraph as a function from a request to the answer that its server would send. */
export type AskSubgraph = (query: string, variables: Record<string, unknown>) => Promise<Answer>;

export type Federation = {
  readonly name: string;
  readonly supergraph: LoadedSupergraph;
  /** Subgraphs for one request, on fresh data, with what they were asked. */
  readonly subgraphs: () => { ask: ReadonlyMap<string, AskSubgraph>; calls: SubgraphCall[] };
  /** The specification: one schema with the same resolvers on the same data, executed by graphql-js. */
  readonly monolith: GraphQLSchema;
  readonly executeMonolith: (document: DocumentNode, variables: Record<string, unknown>) => Promise<Answer>;
};

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@provides",
  "@external", "@shareable", "@override", "@inaccessible", "@interfaceObject", "@tag", "@extends"])`;

/** Composes a federation of in-process subgraphs, and the monolith that it has to be equal to. */
export function createFederation(parts: FederationParts): Federation {
  const entries = Object.entries(parts.subgraphs);
  const services = entries.map(([name, sdl]) => ({
    name,
    url: `http://${name}.invalid/graphql`,
    typeDefs: parse(`${link}\n${sdl}`),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join("\n"));
  const supergraph = loadSupergraph(supergraphSdl);
  const schemas = new Map(entries.map(([name, sdl]) => [name, createSubgraphSchema(name, sdl, parts, supergraph)]));
  const monolith = createMonolith(supergraph, parts.resolvers);
  const context = () => ({ ...parts.data() });
  return {
    name: parts.name,
    supergraph,
    monolith,
    subgraphs: () => {
      const data = context();
      const calls: SubgraphCall[] = [];
      const ask = [...schemas].map(([subgraph, schema]): [string, AskSubgraph] => {
        const server = createServer(schema);
        return [
          subgraph,
          (query, variables) => {
            calls.push(onWire({ subgraph, query, variables }));
            return server(query, onWire(variables ?? {}), data);
          },
        ];
      });
      return { ask: new Map(ask), calls };
    },
    executeMonolith: async (document, variables) =>
      onWire(
        await execute({ schema: monolith, document, variableValues: variables, contextValue: context() }),
      ) as Answer,
  };
}

const onWire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const checked = new WeakMap<GraphQLSchema, Map<string, { document: DocumentNode; errors: readonly GraphQLError[] }>>();

function createServer(schema: GraphQLSchema) {
  const known = checked.get(schema) ?? new Map<string, { document: DocumentNode; errors: readonly GraphQLError[] }>();
  checked.set(schema, known);
  return async (query: string, variableValues: Record<string, unknown>, contextValue: Data): Promise<Answer> => {
    const read = () => {
      const document = parse(query);
      return { document, errors: validate(schema, document) };
    };
    const { document, errors } = known.get(query) ?? read();
    known.set(query, { document, errors });
    if (errors.length) throw new Error(`a subgraph was asked what it can't answer: ${errors[0]?.message}\n${query}`);
    return onWire(await execute({ schema, document, variableValues, contextValue })) as Answer;
  };
}

function createMonolith({ apiSchema }: LoadedSupergraph, resolvers: Resolvers): GraphQLSchema {
  const schema = apiSchema.toGraphQLJSSchema();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    for (const field of Object.values(type.getFields())) {
      const resolve = resolvers[type.name]?.[field.name];
      if (resolve) field.resolve = resolve;
    }
  }
  return schema;
}

function createSubgraphSchema(name: string, sdl: string, parts: FederationParts, supergraph: LoadedSupergraph) {
  const schema = buildSubgraphSchema({ typeDefs: parse(`${link}\n${sdl}`) });
  const keys = readKeys(parse(sdl));
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    if (type.name.startsWith("_")) continue;
    const own = new Set<string>();
    for (const field of Object.values(type.getFields())) {
      const resolve =
        parts.resolvers[type.name]?.[field.name] ?? ofPossibleType(type.name, field.name, parts, supergraph);
      if (resolve && !(type === schema.getQueryType() && field.name.startsWith("_"))) field.resolve = resolve;
      if (!isExternal(field.astNode)) own.add(field.name);
    }
    const typeKeys = keys.get(type.name);
    if (!typeKeys) continue;
    const resolveReference = (reference: Row, { rows }: Data) => {
      const row = rows.find((one) => isOfType(one, type.name, supergraph) && matchesAny(one, reference, typeKeys));
      if (!row || row.missingIn?.includes(name)) return null;
      // Of a row only what this subgraph owns: the rest has to come with the representation.
      const kept = isObjectType(type)
        ? Object.fromEntries(Object.entries(row).filter(([key]) => own.has(key) || key.startsWith(`${name}_`)))
        : row;
      return { ...reference, ...kept, __typename: isObjectType(type) ? type.name : row.__typename };
    };
    type.extensions = { ...type.extensions, apollo: { subgraph: { resolveReference } } };
  }
  return schema;
}

/** An interface object has the resolvers of its interface, which stand under one of its types where they differ. */
function ofPossibleType(type: string, field: string, { resolvers }: FederationParts, { schema }: LoadedSupergraph) {
  const abstract = schema.getType(type);
  if (!isAbstractType(abstract)) return undefined;
  return schema
    .getPossibleTypes(abstract)
    .map(({ name }) => resolvers[name]?.[field])
    .find(Boolean);
}

function isOfType(row: Row, type: string, { supergraphSchema }: LoadedSupergraph): boolean {
  if (row.__typename === type) return true;
  const abstract = supergraphSchema.getType(type);
  if (!isAbstractType(abstract)) return false;
  return supergraphSchema.getPossibleTypes(abstract).some(({ name }) => name === row.__typename);
}

const isExternal = (field: FieldDefinitionNode | null | undefined) =>
  field?.directives?.some(({ name }) => name.value === "external") ?? false;

function readKeys(document: DocumentNode): Map<string, SelectionSetNode[]> {
  const keys = new Map<string, SelectionSetNode[]>();
  for (const definition of document.definitions) {
    if (!("directives" in definition) || !("name" in definition)) continue;
    for (const { name, arguments: args } of definition.directives ?? []) {
      const fields = args?.find((argument) => argument.name.value === "fields")?.value;
      if (name.value !== "key" || fields?.kind !== Kind.STRING) continue;
      const [query] = parse(`{ ${fields.value} }`).definitions;
      if (query?.kind !== Kind.OPERATION_DEFINITION) continue;
      const type = String(definition.name?.value);
      keys.set(type, [...(keys.get(type) ?? []), query.selectionSet]);
    }
  }
  return keys;
}

const matchesAny = (row: Row, reference: Row, keys: readonly SelectionSetNode[]): boolean =>
  keys.some((key) => matches(row, reference, key));

function matches(row: Row, reference: Row, key: SelectionSetNode): boolean {
  return key.selections.every((field) => {
    if (field.kind !== Kind.FIELD) return true;
    const [mine, theirs] = [row?.[field.name.value], reference?.[field.name.value]];
    if (mine == null || theirs == null) return mine === theirs;
    return field.selectionSet ? matches(mine, theirs, field.selectionSet) : String(mine) === String(theirs);
  });
}
