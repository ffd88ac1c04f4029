import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import type { GatewayExecutor, GatewayInterface } from "@apollo/server-gateway-interface";
import { disableApolloTelemetry } from "#shared/config.ts";
import type { Log } from "#shared/log.ts";
import type { Engine } from "./engine/engine.ts";
import { OperationRefused } from "./engine/operation-refused.ts";
import { plugins } from "./plugins/index.ts";
import { LIMITS } from "./plugins/limits.ts";
import { maskError } from "./plugins/mask-errors.ts";
import { stringifyResult, wrapData } from "./raw-data.ts";
import type { GatewayContext } from "./request.ts";

export type GraphQLServer = ApolloServer<GatewayContext>;
type OnUpdate = (listener: (lifeCycleSdl: string) => void) => () => void;
export type EngineFor = (context: GatewayContext) => Engine;

/**
 * @apollo/server with its plugins alive: ApolloGateway carries the life-cycle, on an SDL without `for: SECURITY`, and
 * the engine executes (G-09). CSRF prevention is off because nothing here reads a cookie (G-11).
 */
export async function startGraphQLServer(parts: {
  lifeCycleSdl: string;
  /** Calls back with another supergraph's SDL for the life-cycle once its engine answers; gives the way to stop that. */
  onUpdate: OnUpdate;
  engineFor: EngineFor;
  log: Log;
}): Promise<GraphQLServer> {
  const { lifeCycleSdl, onUpdate, engineFor, log } = parts;
  disableApolloTelemetry();
  const server = new ApolloServer<GatewayContext>({
    gateway: carryLifeCycle({ lifeCycleSdl, onUpdate, log }, executorOf(engineFor)),
    logger: log,
    introspection: true,
    csrfPrevention: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: LIMITS.tokens },
    formatError: maskError,
    stringifyResult,
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

/** ApolloGateway, with another executor than its own. */
function carryLifeCycle(
  { lifeCycleSdl, onUpdate, log }: { lifeCycleSdl: string; onUpdate: OnUpdate; log: Log },
  executor: GatewayExecutor,
): GatewayInterface {
  const process = () => Promise.reject(new Error("the engine executes, not ApolloGateway"));
  const gateway = new ApolloGateway({
    supergraphSdl: async ({ update }) => {
      const stop = onUpdate(update);
      return { supergraphSdl: lifeCycleSdl, cleanup: async () => stop() };
    },
    logger: log,
    buildService: () => ({ process }),
  });
  return {
    load: async (options) => {
      await gateway.load(options);
      return { executor };
    },
    onSchemaLoadOrUpdate: (callback) => gateway.onSchemaLoadOrUpdate(callback),
    stop: () => gateway.stop(),
  };
}

/** The engine as @apollo/server calls it; by the document's text, as on the other doors, so that what one door or the warming prepared is ready here too. */
function executorOf(engineFor: EngineFor): GatewayExecutor {
  return async ({ source, request, context }) => {
    try {
      const engine = engineFor(context as GatewayContext);
      const prepared = engine.prepare(source, request.operationName);
      const { data, errors } = await engine.execute(prepared, request.variables ?? {}, context as GatewayContext);
      return {
        ...(data === undefined ? {} : { data: wrapData(data) }),
        ...(errors.length ? { errors } : {}),
      };
    } catch (error) {
      if (error instanceof OperationRefused) return { errors: error.errors };
      throw error;
    }
  };
}
