import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { disableApolloTelemetry } from "#shared/config.ts";
import type { StartTarget } from "./target.ts";

/** @apollo/server standalone with @apollo/gateway, as their documentation starts them. */
export const start: StartTarget = async ({ supergraph }) => {
  disableApolloTelemetry();
  const server = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl: supergraph }) });
  const { url } = await startStandaloneServer(server, { listen: { host: "127.0.0.1", port: 0 } });
  return { port: Number(new URL(url).port), path: "/", byDocument: false, headers: {}, stop: () => server.stop() };
};
