import {
  type ExecutionArgs,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  OperationTypeNode,
} from "graphql";
import type { ServerOptions, SubscribePayload } from "graphql-ws";
import { coded } from "#shared/errors.ts";
import type { Subscribe } from "../engine/subscribe.ts";
import type { GraphQLServer } from "../graphql-server.ts";
import { checkLimits } from "../plugins/limits.ts";
import type { GatewayContext } from "../request.ts";
import { requestScope } from "../request.ts";
import { createDocumentReader, withCode } from "./documents.ts";

type Hooks = Required<Pick<ServerOptions, "execute" | "subscribe">>;
/** Arguments for `execute` and `subscribe`, or the errors to send for this id alone. */
export type Prepare = (payload: SubscribePayload, context: GatewayContext) => ExecutionArgs | readonly GraphQLError[];

/** Operations of a socket: subscriptions go to the engine, queries and mutations through the same server as over HTTP. */
export function createSocketOperations(parts: {
  schema: GraphQLSchema;
  graphql: GraphQLServer;
  subscribe: Subscribe;
}): Hooks & { prepare: Prepare } {
  const { schema, graphql, subscribe } = parts;
  const read = createDocumentReader(schema);
  return {
    prepare: (payload, context) => prepare(schema, read, payload, context),
    execute: async (args: ExecutionArgs) => {
      const contextValue = args.contextValue as GatewayContext;
      const { query, variables } = args.rootValue as SubscribePayload;
      const response = await requestScope.run(contextValue, () =>
        graphql.executeOperation(
          { query, variables: variables ?? {}, ...(args.operationName ? { operationName: args.operationName } : {}) },
          { contextValue },
        ),
      );
      if (response.body.kind !== "single") throw new Error("incremental delivery is not built");
      return response.body.singleResult as never;
    },
    subscribe: ((args: ExecutionArgs) => {
      const { document, operationName, variableValues, contextValue } = args;
      const operation = getOperationAST(document, operationName);
      if (!operation) throw new Error("prepared without an operation");
      const variables = (variableValues ?? {}) as Record<string, unknown>;
      return subscribe({ document, operation, variables, context: contextValue as GatewayContext });
    }) as never,
  };
}

function prepare(
  schema: GraphQLSchema,
  read: ReturnType<typeof createDocumentReader>,
  payload: SubscribePayload,
  contextValue: GatewayContext,
): ReturnType<Prepare> {
  const { query, operationName } = payload;
  const { document, errors } = read(query);
  if (errors.length) return errors;
  const operation = getOperationAST(document, operationName);
  if (!operation)
    throw coded("BAD_USER_INPUT", { problem: "Which operation? operationName names none of the document." });
  checkLimits(document, operation);
  const rootValue = payload;
  const args = { schema, document, operationName: operationName ?? null, contextValue, rootValue };
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return args;
  const { coerced, errors: wrong } = getVariableValues(
    schema,
    operation.variableDefinitions ?? [],
    payload.variables ?? {},
  );
  if (wrong) return wrong.map((error) => withCode(error, "BAD_USER_INPUT"));
  return { ...args, variableValues: coerced };
}
