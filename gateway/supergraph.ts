import {
  errorCauses,
  ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
  type Schema,
  Supergraph,
} from "@apollo/federation-internals";
import { QueryPlanner } from "@apollo/query-planner";
import { type DirectiveNode, type DocumentNode, type GraphQLSchema, Kind, parse, print, visit } from "graphql";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type AccessRules, readAccessRules } from "./engine/access-rules.ts";
import { linksOf } from "./links.ts";

/** One loaded supergraph: what clients may ask, and what plans are made from. Immutable. */
export type LoadedSupergraph = {
  readonly sdl: string;
  /** For ApolloGateway's life-cycle alone, which refuses `for: SECURITY` and enforces nothing (G-09). */
  readonly lifeCycleSdl: string;
  /** What clients see. */
  readonly schema: GraphQLSchema;
  readonly apiSchema: Schema;
  readonly supergraphSchema: GraphQLSchema;
  readonly planner: QueryPlanner;
  /** Who may have what, by type and field. */
  readonly rules: AccessRules;
  /** The address is undefined where the installation says it: in our own supergraph. */
  readonly subgraphs: readonly { readonly name: string; readonly url: string | undefined }[];
};

/** The committed supergraph, composed by `npm run compose` (G-09). */
export const committedSupergraph = path.join(import.meta.dirname, "supergraph.graphql");
export const readSupergraph = (): Promise<string> => readFile(committedSupergraph, "utf8");

/** A supergraph that can't be served, and why. */
export class SupergraphRefused extends Error {
  readonly why: string;

  constructor(why: string, options?: ErrorOptions) {
    super(`The supergraph can't be served: ${why}`, options);
    this.why = why;
    this.name = "SupergraphRefused";
  }
}

/** Builds schema, rules and planner of a supergraph with any feature of federation 2.14; throws SupergraphRefused. `document` is the SDL, if it is parsed already. */
export function loadSupergraph(sdl: string, document?: DocumentNode): LoadedSupergraph {
  try {
    return build(sdl, document ?? parse(sdl, { noLocation: true }));
  } catch (cause) {
    if (cause instanceof SupergraphRefused) throw cause;
    throw new SupergraphRefused(whatIsWrong(cause), { cause });
  }
}

/** What federation finds wrong with a supergraph, in its sentences, without the places in a text that nobody wrote. */
function whatIsWrong(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const causes = errorCauses(error)?.map(({ message }) => message) ?? [error.message];
  return causes.join(" ").replaceAll(/\s*\n\s*/g, " ");
}

/** All but connectors, for they plan calls to REST addresses, which no engine of ours makes. */
const SUPPORTED_FEATURES = new Set(
  [...ROUTER_SUPPORTED_SUPERGRAPH_FEATURES].filter((url) => !url.includes("/connect/")),
);

function build(sdl: string, document: DocumentNode): LoadedSupergraph {
  const supergraph = Supergraph.build(document, { supportedFeatures: SUPPORTED_FEATURES });
  const connect = supergraph.schema.coreFeatures?.getByIdentity("https://specs.apollo.dev/connect");
  if (connect) throw new SupergraphRefused("it has connectors (@connect), which are not built.");
  const apiSchema = supergraph.apiSchema();
  // What not everybody needs is made when it is needed first: a contract is often only validated against.
  const lifeCycleSdl = lazily(() => withoutSecurity(document));
  const supergraphSchema = lazily(() => supergraph.schema.toGraphQLJSSchema());
  const planner = lazily(() => new QueryPlanner(supergraph));
  return {
    sdl,
    get lifeCycleSdl() {
      return lifeCycleSdl();
    },
    apiSchema,
    schema: apiSchema.toGraphQLJSSchema(),
    get supergraphSchema() {
      return supergraphSchema();
    },
    get planner() {
      return planner();
    },
    rules: readAccessRules(supergraph.schema),
    subgraphs: supergraph.subgraphsMetadata().map(({ name, url }) => ({ name, url: isAddress(url) ? url : undefined })),
  };
}

function lazily<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The SDL with the purpose SECURITY taken off every link but `inaccessible`, the one that ApolloGateway obeys itself. */
function withoutSecurity(document: DocumentNode): string {
  const links = new Set(linksOf(document).flatMap(({ spec, node }) => (spec === "inaccessible" ? [] : node)));
  return print(visit(document, { Directive: (node) => (links.has(node) ? withoutPurpose(node) : undefined) }));
}

const withoutPurpose = (link: DirectiveNode): DirectiveNode => ({
  ...link,
  arguments: (link.arguments ?? []).filter(
    ({ name, value }) => !(name.value === "for" && value.kind === Kind.ENUM && value.value === "SECURITY"),
  ),
});

/** `.invalid` is what the composer writes for "wherever it is". */
const isAddress = (url: string) => URL.canParse(url) && !new URL(url).hostname.endsWith(".invalid");
