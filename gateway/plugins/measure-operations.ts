import type { ApolloServerPlugin } from "@apollo/server";
import { histogram } from "#shared/telemetry.ts";
import type { GatewayContext } from "../request.ts";

/** Queries and mutations of all doors: how long, and `ok`, `partial` (data with errors) or `failed`. */
const seconds = histogram("gateway_operation_seconds", "Queries and mutations: how long, and how they ended", [
  "operation",
  "outcome",
]);

type Ended = { readonly operation: string; readonly hasData: boolean; readonly hasErrors: boolean };

/** Starts the clock of one operation; call what it gives when the operation has ended. */
export function measureOperation(): (ended: Ended) => void {
  const stop = seconds.startTimer();
  return ({ operation, hasData, hasErrors }) => {
    const failed = hasData ? "partial" : "failed";
    stop({ operation, outcome: hasErrors ? failed : "ok" });
  };
}

export const measureOperations: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => {
    const ended = measureOperation();
    return {
      willSendResponse: async ({ operation, response: { body } }) => {
        if (body.kind !== "single") return;
        const { data, errors = [] } = body.singleResult;
        ended({ operation: operation?.operation ?? "unknown", hasData: data != null, hasErrors: errors.length > 0 });
      },
    };
  },
};
