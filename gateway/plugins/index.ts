import type { ApolloServerPlugin } from "@apollo/server";
import type { GatewayContext } from "../request.ts";
import { cacheHeaders } from "./cache-headers.ts";
import { correlationId } from "./correlation-id.ts";
import { limits } from "./limits.ts";
import { overHttpStatus } from "./over-http-status.ts";
import { measureOperations } from "./measure-operations.ts";
import { operationKind } from "./operation-kind.ts";

/** In the order a request meets them; errors are masked after the last (mask-errors.ts). */
export const plugins: readonly ApolloServerPlugin<GatewayContext>[] = [
  measureOperations,
  operationKind,
  limits,
  overHttpStatus,
  correlationId,
  cacheHeaders,
];
