import {
  type ExecutionResult,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationTypeNode,
  parse,
  validate,
} from "graphql";
import { coded } from "#shared/errors.ts";
import type { Subscribe } from "../engine/subscribe.ts";
import type { GraphQLServer } from "../graphql-server.ts";
import { checkLimits } from "../plugins/limits.ts";
import type { GatewayContext } from "../request.ts";
import type { Resolved } from "./documents.ts";
import { type Answer, RequestErrors } from "./request-errors.ts";

/** One operation with its variables, checked as far as that goes without running it. */
export type Prepared = {
  readonly kind: OperationTypeNode;
  readonly run: () => Promise<Answer>;
  /** Ends when the stream is over or `return()` is called. */
  readonly follow: () => AsyncGenerator<Answer, void, void>;
};

/** What the engine's doors need of the engine. Throws RequestErrors, GraphQL errors or coded errors. */
export type Prepare = (document: Resolved, variables: Record<string, unknown>, context: GatewayContext) => Prepared;

const KEPT_DOCUMENTS = 500;

export function createPrepare(parts: { schema: GraphQLSchema; graphql: GraphQLServer; subscribe: Subscribe }): Prepare {
  const { schema, graphql, subscribe } = parts;
  const read = createDocumentReader(schema);
  return ({ source, operationName }, sent, context) => {
    const { document, errors } = read(source);
    if (errors.length) throw new RequestErrors(errors);
    const operation = getOperationAST(document, operationName);
    if (!operation)
      throw coded("BAD_USER_INPUT", { problem: "Which operation? operationName has to name one of the document." });
    checkLimits(document, operation);
    const { coerced, errors: wrong } = getVariableValues(schema, operation.variableDefinitions ?? [], sent);
    if (wrong) throw new RequestErrors(wrong.map((error) => withCode(error, "BAD_USER_INPUT")));
    return {
      kind: operation.operation,
      run: async () => {
        const asked = { query: source, variables: sent, ...(operationName === undefined ? {} : { operationName }) };
        const { body } = await graphql.executeOperation(asked, { contextValue: context });
        if (body.kind !== "single") throw new Error("incremental delivery is not built");
        return toAnswer(body.singleResult as ExecutionResult);
      },
      follow: () => textOf(subscribe({ document, operation, variables: coerced ?? {}, context })),
    };
  };
}

/** `return()` goes straight through; that of an async function* would wait for the next frame. */
function textOf(frames: AsyncGenerator<object, void, void>): AsyncGenerator<Answer, void, void> {
  const end = async () => void (await frames.return());
  return {
    next: async () => {
      const { done, value } = await frames.next();
      return done ? { done, value: undefined } : { done: false, value: toAnswer(value as ExecutionResult) };
    },
    return: async () => end().then(() => ({ done: true, value: undefined })),
    throw: async (error) => end().then(() => Promise.reject(error)),
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: end,
  };
}

const toAnswer = ({ data, errors }: ExecutionResult): Answer => ({
  data: data === undefined ? undefined : JSON.stringify(data),
  errors: (errors ?? []) as unknown as readonly GraphQLFormattedError[],
});

function createDocumentReader(schema: GraphQLSchema) {
  const kept = new Map<string, { document: ReturnType<typeof parse>; errors: readonly GraphQLError[] }>();
  return (source: string) => {
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

function parseOrRefuse(source: string) {
  try {
    return parse(source);
  } catch (error) {
    throw error instanceof GraphQLError ? withCode(error, "GRAPHQL_PARSE_FAILED") : error;
  }
}

const withCode = (error: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(error.message, {
    nodes: error.nodes ?? null,
    source: error.source ?? null,
    positions: error.positions ?? null,
    originalError: error,
    extensions: { code },
  });
