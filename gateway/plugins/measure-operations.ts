import type { ApolloServerPlugin } from "@apollo/server";
import type { GatewayContext } from "../request.ts";
import { endRefused, endWatch, watchOperation } from "../telemetry/watch.ts";

/** What comes by @apollo/server is anybody's document: its name is in the span, and no label. Errors are masked by then. */
export const measureOperations: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation, operationName, contextValue: { watch } }) => {
      if (!operation) return;
      watchOperation(watch, { isRegistered: false }, { kind: operation.operation, name: operationName ?? undefined });
    },
    willSendResponse: async ({ response: { body }, contextValue: { watch } }) => {
      if (body.kind !== "single") return;
      if (body.singleResult.data === undefined) endRefused(watch);
      else endWatch(watch, body.singleResult.data !== null);
    },
  }),
};
