import type { ApolloServerPlugin } from "@apollo/server";
import { GraphQLError, OperationTypeNode } from "graphql";
import { coded } from "#shared/errors.ts";
import type { GatewayContext } from "../request.ts";

export const SUBSCRIBE_ELSEWHERE =
  "A subscription needs the WebSocket of this address (graphql-transport-ws), or Accept: text/event-stream.";

/** A request names one operation of its document, and a subscription that comes as a plain request is told where it belongs. */
export const operationKind: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (!operation) throw refuse("Which operation? operationName has to name one of the document.");
      if (operation.operation === OperationTypeNode.SUBSCRIPTION) throw refuse(SUBSCRIBE_ELSEWHERE);
    },
  }),
};

function refuse(problem: string): GraphQLError {
  const error = coded("BAD_USER_INPUT", { problem });
  const extensions = { code: error.code, http: { status: 400 } };
  return new GraphQLError(error.message, { originalError: error, extensions });
}
