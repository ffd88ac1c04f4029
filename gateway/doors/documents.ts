import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate } from "graphql";
import { LIMITS } from "../plugins/limits.ts";

const KEPT_DOCUMENTS = 500;

export type Read = { readonly document: DocumentNode; readonly errors: readonly GraphQLError[] };

/** Parses and validates documents for doors that don't go through @apollo/server; keeps the latest. A syntax error is thrown as GRAPHQL_PARSE_FAILED. */
export function createDocumentReader(schema: GraphQLSchema): (source: string) => Read {
  const kept = new Map<string, Read>();
  return (source) => {
    const known = kept.get(source);
    if (known) return known;
    const document = parseOrRefuse(source);
    const errors = validate(schema, document, undefined, { maxErrors: 20 }).map((error) =>
      withCode(error, "GRAPHQL_VALIDATION_FAILED"),
    );
    if (kept.size >= KEPT_DOCUMENTS) kept.delete(kept.keys().next().value ?? "");
    kept.set(source, { document, errors });
    return { document, errors };
  };
}

function parseOrRefuse(source: string): DocumentNode {
  try {
    return parse(source, { maxTokens: LIMITS.tokens });
  } catch (error) {
    throw error instanceof GraphQLError ? withCode(error, "GRAPHQL_PARSE_FAILED") : error;
  }
}

export const withCode = (error: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    originalError: error,
    extensions: { code },
  });
