import { readFileSync } from "node:fs";
import path from "node:path";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { type GraphQLSchema, parse } from "graphql";
import type { SubgraphName } from "#shared/config.ts";
import type { ResolverMap, Subgraph } from "./context.ts";
import { guardSubscriptions } from "./subscriptions.ts";

const root = path.resolve(import.meta.dirname, "../..");
type FederatedResolvers = NonNullable<
  Extract<Parameters<typeof buildSubgraphSchema>[0], { resolvers?: unknown }>["resolvers"]
>;

/** The SDL of a subgraph, the value types of all in front (G-01). */
export const readSdl = (name: SubgraphName): string =>
  ["shared/graphql/common.graphql", `subgraphs/${name}/schema.graphql`]
    .map((file) => readFileSync(path.join(root, file), "utf8"))
    .join("\n");

/** The executable schema of a subgraph with the guards of subgraphs.md, section 1. */
export function buildSchema(subgraph: Subgraph, sdl: string = subgraph.sdl ?? readSdl(subgraph.name)): GraphQLSchema {
  const resolvers: ResolverMap = guardSubscriptions(subgraph);
  return guardEntities(buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: resolvers as FederatedResolvers }));
}

/**
 * Resolves each representation by itself, so that one that throws at once orphans no other, and gives graphql-jit a list of values and
 * Errors instead of promises that may reject early (it drops a trailing null). Loaders still see all of them in one batch.
 */
function guardEntities(schema: GraphQLSchema): GraphQLSchema {
  const field = schema.getQueryType()?.getFields()["_entities"];
  const resolve = field?.resolve;
  if (!field || !resolve) return schema;
  field.resolve = async (source, { representations }: { representations: unknown[] }, context, info) => {
    const each = representations.map(async (representation) => {
      const [entity] = resolve(source, { representations: [representation] }, context, info) as unknown[];
      return entity;
    });
    const settled = await Promise.allSettled(each);
    return settled.map((result) => (result.status === "fulfilled" ? result.value : asError(result.reason)));
  };
  return schema;
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
