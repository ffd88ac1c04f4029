import type { OperationTypeNode } from "graphql";
import { OperationRefused } from "../engine/operation-refused.ts";
import type { EngineFor } from "../graphql-server.ts";
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

export function createPrepare(engineFor: EngineFor): Prepare {
  return ({ source, operationName }, sent, context) => {
    try {
      const engine = engineFor(context);
      const prepared = engine.prepare(source, operationName);
      const variables = engine.coerce(prepared, sent);
      return {
        kind: prepared.kind,
        run: () => engine.execute(prepared, variables, context),
        follow: () => engine.subscribe(prepared, variables, context),
      };
    } catch (error) {
      throw error instanceof OperationRefused ? new RequestErrors(error.errors) : error;
    }
  };
}
