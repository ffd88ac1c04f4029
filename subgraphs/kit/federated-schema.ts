import { addResolversToSchema } from "@apollo/subgraph/dist/schema-helper/buildSchemaFromSDL.js";
import { entitiesResolver } from "@apollo/subgraph/dist/types.js";
import {
  buildASTSchema,
  type ConstDirectiveNode,
  concatAST,
  type DocumentNode,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  Kind,
  parse,
} from "graphql";

export type FederatedResolvers = Parameters<typeof addResolversToSchema>[1];
type Asked = { representations: { __typename: string }[] };

/**
 * What @apollo/subgraph's buildSubgraphSchema gives for a subgraph, with its resolvers for entities, but without checking the SDL against
 * federation's rules at every start: composition has done that (schemas.test.ts keeps the two alike).
 */
export function buildFederatedSchema(document: DocumentNode, resolvers: FederatedResolvers): GraphQLSchema {
  const schema = buildASTSchema(concatAST([document, parse(machineryOf(document))]), { assumeValidSDL: true });
  addResolversToSchema(schema, {
    Query: { _service: () => ({}) },
    _Service: { sdl: () => federatedSdl(document) },
  });
  if (schema.getType("_Entity")) addResolversToSchema(schema, entities as FederatedResolvers);
  addResolversToSchema(schema, resolvers);
  return schema;
}

const entities = {
  Query: {
    _entities: (_: unknown, { representations }: Asked, context: unknown, info: GraphQLResolveInfo) =>
      entitiesResolver({ representations, context, info }),
  },
  _Entity: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
};

/** What federation adds to a subgraph's schema: the doors that the gateway asks at. */
function machineryOf({ definitions }: DocumentNode): string {
  const objects = definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION);
  const keyed = objects.filter(({ directives = [] }) => directives.some(isKey)).map(({ name }) => name.value);
  const query = objects.some(({ name }) => name.value === "Query") ? "extend type Query" : "type Query";
  const ofEntities = [
    "scalar _Any",
    `union _Entity = ${keyed.join(" | ")}`,
    `${query} { _entities(representations: [_Any!]!): [_Entity]! _service: _Service! }`,
  ];
  const withoutEntities = [`${query} { _service: _Service! }`];
  return ["type _Service { sdl: String }", ...(keyed.length > 0 ? ofEntities : withoutEntities)].join("\n");
}

const isKey = ({ name }: ConstDirectiveNode): boolean => name.value === "key";

/** For tools that compose from running subgraphs; the gateway never asks. */
async function federatedSdl(document: DocumentNode): Promise<string> {
  const { buildSubgraph, FEDERATION_UNNAMED_SUBGRAPH_NAME, printSchema } = await import("@apollo/federation-internals");
  return printSchema(buildSubgraph(FEDERATION_UNNAMED_SUBGRAPH_NAME, "", document, false).schema);
}
