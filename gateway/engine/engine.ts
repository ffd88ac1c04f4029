import { createHash } from "node:crypto";
import { type GraphQLError, type GraphQLSchema, type OperationTypeNode } from "graphql";
import type { Internals } from "#shared/internals.ts";
import type { GatewayContext } from "../request.ts";
import type { SubgraphClient } from "../subgraph-client.ts";
import type { LoadedSupergraph } from "../supergraph.ts";
import { type Coerced, coerceVariables } from "./coerce-variables.ts";
import { createPrepare, type PreparedOperation } from "./prepare.ts";
import { execute } from "./execute.ts";
import { OperationRefused } from "./operation-refused.ts";
import type { IsOverridden } from "./overrides.ts";
import type { Variables } from "./run.ts";
import { createSubscribe } from "./subscribe.ts";
import type { Upstream } from "./upstream.ts";

/** What every door answers with. */
export type Answer = {
  /** The data as JSON text; undefined when the operation was not executed. */
  readonly data: string | undefined;
  /** Unmasked, with exact paths. */
  readonly errors: readonly GraphQLError[];
};

/** An operation made ready once and executed often: parsed, validated, within the limits, planned, compiled. */
export type Prepared = {
  readonly source: string;
  readonly kind: OperationTypeNode;
  /** The one that was asked for. */
  readonly operationName: string | undefined;
  /** The operation's own name. */
  readonly name: string | undefined;
};

/** Executes operations of one supergraph or contract. Immutable: another supergraph is another engine. */
export type Engine = {
  /** Differs whenever the supergraph does. */
  readonly id: string;
  /** What clients may ask. */
  readonly schema: GraphQLSchema;
  /** Throws `OperationRefused`. */
  readonly prepare: (source: string, operationName?: string | null) => Prepared;
  /** Variables as the operation declares them. Throws `OperationRefused`. */
  readonly coerce: (prepared: Prepared, variables: Variables) => Coerced;
  /** Queries and mutations. Variables that are not coerced yet may be wrong: that is BAD_USER_INPUT in the answer. */
  readonly execute: (prepared: Prepared, variables: Variables | Coerced, context: GatewayContext) => Promise<Answer>;
  /** Subscriptions; `return()` ends the upstream at once. Throws `OperationRefused`. */
  readonly subscribe: (
    prepared: Prepared,
    variables: Variables | Coerced,
    context: GatewayContext,
  ) => AsyncGenerator<Answer, void, void>;
  /** Prepares documents before the engine is used; what it refuses is left out. Gives how many are ready. */
  readonly warm: (documents: Iterable<DocumentInUse>) => number;
  /** The documents in use, for the engine that comes after this one. */
  readonly inUse: () => readonly DocumentInUse[];
};
export type DocumentInUse = { readonly source: string; readonly operationName: string | undefined };

export type EngineParts = {
  readonly supergraph: LoadedSupergraph;
  readonly clients: ReadonlyMap<string, SubgraphClient>;
  /** What subscriptions need; without it they are refused. */
  readonly subscriptions?: { readonly upstream: Upstream; readonly settings: Internals };
  /** What happens to an operation with refused fields: they are null, or it is refused whole. */
  readonly refusal?: "field" | "operation";
  readonly isOverridden?: IsOverridden;
};

export function createEngine(parts: EngineParts): Engine {
  const { supergraph } = parts;
  const { prepare, inUse } = createPrepare(parts);
  const subscribe = createSubscribe(parts);
  return {
    id: createHash("sha256").update(supergraph.sdl).digest("base64url").slice(0, 16),
    schema: supergraph.schema,
    prepare,
    coerce: (prepared, variables) => coerceVariables(supergraph.schema, prepared as PreparedOperation, variables),
    execute: (prepared, variables, context) =>
      answered(() => {
        const operation = prepared as PreparedOperation;
        return execute(operation, coerceVariables(supergraph.schema, operation, variables), context);
      }),
    subscribe: (prepared, variables, context) => subscribe(prepared as PreparedOperation, variables, context),
    warm: (documents) =>
      [...documents].filter((document) => isReady(() => prepare(document.source, document.operationName))).length,
    inUse,
  };
}

/** What refuses an operation is its answer. */
async function answered(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OperationRefused) return { data: undefined, errors: error.errors };
    throw error;
  }
}

function isReady(prepare: () => unknown): boolean {
  try {
    prepare();
    return true;
  } catch {
    return false;
  }
}
