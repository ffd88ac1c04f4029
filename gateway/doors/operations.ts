import type { OperationTypeNode } from "graphql";
import type { Answer } from "../engine/engine.ts";
import type { EngineFor } from "../graphql-server.ts";
import type { GatewayContext } from "../request.ts";
import { watchOperation } from "../telemetry/watch.ts";
import type { Resolved } from "./documents.ts";

/** One operation with its variables and its caller, ready to run. */
export type Prepared = {
  readonly kind: OperationTypeNode;
  /** Queries and mutations. An answer without data is one that did not run: its errors say why. */
  readonly run: () => Promise<Answer>;
  /** Subscriptions. Ends when the stream is over or `return()` is called. */
  readonly follow: () => AsyncGenerator<Answer, void, void>;
};

/** What the engine's doors need of the engine; throws OperationRefused. */
export type Prepare = (document: Resolved, variables: Record<string, unknown>, context: GatewayContext) => Prepared;

/** Prepares on the engine of the caller: the one of the full graph, or of the partner's contract. */
export const createPrepare =
  (engineFor: EngineFor): Prepare =>
  (document, sent, context) => {
    const engine = engineFor(context);
    const prepared = engine.prepare(document.source, document.operationName);
    watchOperation(context.watch, document, prepared);
    const variables = engine.coerce(prepared, sent);
    return {
      kind: prepared.kind,
      run: () => engine.execute(prepared, variables, context),
      follow: () => engine.subscribe(prepared, variables, context),
    };
  };
