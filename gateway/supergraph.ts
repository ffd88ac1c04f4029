import { Supergraph } from "@apollo/federation-internals";
import type { Schema } from "@apollo/federation-internals";
import { QueryPlanner } from "@apollo/query-planner";
import type { GraphQLSchema } from "graphql";
import { readFile } from "node:fs/promises";
import path from "node:path";

/** One loaded supergraph: what clients may ask, and what plans are made from. Immutable. */
export type LoadedSupergraph = {
  readonly sdl: string;
  /** What clients see. */
  readonly schema: GraphQLSchema;
  readonly apiSchema: Schema;
  readonly supergraphSchema: GraphQLSchema;
  readonly planner: QueryPlanner;
  /** The address is undefined where the installation says it: in our own supergraph. */
  readonly subgraphs: readonly { readonly name: string; readonly url: string | undefined }[];
};

const supergraphFile = path.join(import.meta.dirname, "supergraph.graphql");

/** The committed supergraph, composed by `npm run compose` (G-09). */
export const readSupergraph = (): Promise<string> => readFile(supergraphFile, "utf8");

/** Builds schema and planner of a supergraph; throws when the SDL is not one. */
export function loadSupergraph(sdl: string): LoadedSupergraph {
  const supergraph = Supergraph.build(sdl);
  const apiSchema = supergraph.apiSchema();
  return {
    sdl,
    apiSchema,
    schema: apiSchema.toGraphQLJSSchema(),
    supergraphSchema: supergraph.schema.toGraphQLJSSchema(),
    planner: new QueryPlanner(supergraph),
    subgraphs: supergraph.subgraphsMetadata().map(({ name, url }) => ({ name, url: isAddress(url) ? url : undefined })),
  };
}

/** `.invalid` is what the composer writes for "wherever it is". */
const isAddress = (url: string) => URL.canParse(url) && !new URL(url).hostname.endsWith(".invalid");
