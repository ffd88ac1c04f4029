import type { ApolloServerPlugin } from "@apollo/server";
import { GraphQLError, OperationTypeNode } from "graphql";
import { coded } from "#shared/errors.ts";
import type { GatewayContext } from "../request.ts";

/** A subscription that comes as a plain request is told where it belongs. */
export const subscriptionsElsewhere: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
      const error = coded("BAD_USER_INPUT", {
        problem: "A subscription needs the WebSocket of this address (graphql-transport-ws).",
      });
      throw new GraphQLError(error.message, {
        originalError: error,
        extensions: { code: error.code, http: { status: 400 } },
      });
    },
  }),
};
