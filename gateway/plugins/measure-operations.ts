import type { ApolloServerPlugin } from "@apollo/server";
import { histogram } from "#shared/telemetry.ts";
import type { GatewayContext } from "../request.ts";

/** Queries and mutations of both doors: how long, and `ok`, `partial` (data with errors) or `failed`. */
const seconds = histogram("gateway_operation_seconds", "Queries and mutations: how long, and how they ended", [
  "operation",
  "outcome",
]);

export const measureOperations: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => {
    const stop = seconds.startTimer();
    return {
      willSendResponse: async ({ operation, response: { body } }) => {
        if (body.kind !== "single") return;
        const { data, errors } = body.singleResult;
        const failed = data == null ? "failed" : "partial";
        stop({ operation: operation?.operation ?? "unknown", outcome: errors?.length ? failed : "ok" });
      },
    };
  },
};
