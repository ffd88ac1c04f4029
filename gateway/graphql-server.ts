import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { disableApolloTelemetry } from "#shared/config.ts";
import type { Log } from "#shared/log.ts";
import { plugins } from "./plugins/index.ts";
import { LIMITS } from "./plugins/limits.ts";
import { maskError } from "./plugins/mask-errors.ts";
import type { GatewayContext } from "./request.ts";
import type { SubgraphClient } from "./subgraph-client.ts";

export type GraphQLServer = ApolloServer<GatewayContext>;

/** @apollo/server with the stock gateway under it (G-09). CSRF prevention is off because nothing here reads a cookie (G-11). */
export async function startGraphQLServer(parts: {
  supergraphSdl: string;
  clients: ReadonlyMap<string, SubgraphClient>;
  log: Log;
}): Promise<GraphQLServer> {
  const { supergraphSdl, clients, log } = parts;
  disableApolloTelemetry();
  const gateway = new ApolloGateway({
    supergraphSdl,
    logger: log,
    buildService: ({ name }) => {
      const client = clients.get(name);
      if (!client) throw new Error(`the supergraph names the subgraph ${name}, which has no address`);
      return client;
    },
  });
  const server = new ApolloServer<GatewayContext>({
    gateway,
    logger: log,
    introspection: true,
    csrfPrevention: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: LIMITS.tokens },
    formatError: maskError,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ...plugins,
    ],
  });
  await server.start();
  return server;
}
