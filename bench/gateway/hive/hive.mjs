// @graphql-hive/gateway with its Rust planner, on node:http. Its packages are installed beside this file by the benchmark and are no part of the product.
import { createServer } from "node:http";
import { createGatewayRuntime } from "@graphql-hive/gateway";
import { unifiedGraphHandler } from "@graphql-hive/router-runtime";

/** @param {{ supergraph: string }} setting @param {{ coalescing: boolean }} options whether equal calls under way at once become one */
export async function startHive({ supergraph }, { coalescing }) {
  const runtime = createGatewayRuntime({
    supergraph,
    unifiedGraphHandler,
    transportEntries: { "*": { options: { deduplicateInflightRequests: coalescing } } },
    logging: "error",
    landingPage: false,
    graphiql: false,
    maskedErrors: true,
    disableWebsockets: true,
  });
  const server = createServer(runtime);
  await new Promise((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, () => resolve(undefined)));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(() => resolve(undefined)));
    await runtime.dispose?.();
  };
  return { port: server.address().port, path: "/graphql", byDocument: false, headers: {}, stop };
}
