import { randomUUID } from "node:crypto";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import mercurius from "mercurius";
import {
  type Caller,
  CORRELATION_HEADER,
  createInternalVerifier,
  DEADLINE_HEADER,
  INTERNAL_HEADER,
  type VerifyInternal,
} from "#shared/caller.ts";
import { PortInUse } from "#shared/listen.ts";
import {
  CORRELATION_ATTRIBUTE,
  isTracing,
  type RunningSpan,
  SpanKind,
  startSpan,
  traceOf,
  within,
} from "#shared/tracing.ts";
import type { JSONWebKeySet } from "jose";
import type { Parts, RequestContext, Subgraph, SubgraphContext } from "./context.ts";
import { createErrorFormatter, refusal } from "./errors.ts";
import { buildSchema } from "./schema.ts";

export type SubgraphServer = { readonly url: string; stop(): Promise<void> };
export type Where = { host: string; port: number; publicKeys: JSONWebKeySet };

/** Left of the gateway's deadline for our own part of the answer. */
const MARGIN_MS = 200;
const LEAST_MS = 50;
const BODY_LIMIT = 4 * 1024 * 1024;
const callers = new WeakMap<FastifyRequest, Caller>();

/** Starts one subgraph: `POST` and `GET /graphql`, and graphql-transport-ws on the same address. Only the gateway gets in (G-19). */
export async function startSubgraph(
  subgraph: Subgraph,
  parts: Parts,
  { host, port, publicKeys }: Where,
): Promise<SubgraphServer> {
  const verify = createInternalVerifier(publicKeys, subgraph.name);
  const log = parts.log.child({ subgraph: subgraph.name });
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    // The schemas are mercurius' own: compiling JSON Schema's schema to check them takes longer than all else of this server's start.
    ajv: { customOptions: { meta: false, validateSchema: false } },
  });
  refuseStrangers(app, verify);
  traceRequests(app, subgraph.name);
  // Mercurius' response schema turns the indices of error paths into strings.
  app.addHook("onRoute", (route) => {
    if (route.schema) delete route.schema.response;
  });
  await app.register(mercurius, {
    schema: buildSchema(subgraph),
    jit: 1,
    graphiql: false,
    context: (request) => ({ ...contextOf(parts, log, callers.get(request), request.headers) }),
    errorFormatter: createErrorFormatter(log),
    subscription: {
      fullWsTransport: true,
      onConnect: async ({ payload = {} }: { payload?: Record<string, unknown> }) => {
        const caller = await verify(String(payload[INTERNAL_HEADER] ?? "")).catch(() => null);
        return caller ? { ...contextOf(parts, log, caller, payload), log } : false;
      },
    },
  });
  // Every operation gets loaders of its own, also over a socket whose context lives long.
  app.graphql.addHook("preExecution", async (_schema, _document, context) => {
    const request = context as unknown as SubgraphContext<unknown>;
    request.loaders = subgraph.createLoaders(request);
  });
  const address = await app.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EADDRINUSE" ? new PortInUse("SUBGRAPHS_PORT", port, { cause: error }) : error;
  });
  return { url: `${address}/graphql`, stop: () => app.close() };
}

/** 401 before a body is read; a socket shows its token in connection_init. */
function refuseStrangers(app: FastifyInstance, verify: VerifyInternal): void {
  app.addHook("preParsing", async (request, reply, payload) => {
    if ((request as { ws?: boolean }).ws) return payload;
    const caller = await verify(String(request.headers[INTERNAL_HEADER] ?? "")).catch(() => null);
    if (!caller) {
      await reply.code(401).send(refusal("INTERNAL_TOKEN_INVALID"));
      return payload;
    }
    callers.set(request, caller);
    return payload;
  });
}

/** The gateway's trace goes on in here, and from here into the adapters; after the body, whose parsing would lose it. */
function traceRequests(app: FastifyInstance, subgraph: string): void {
  const spans = new WeakMap<FastifyRequest, RunningSpan>();
  app.addHook("preHandler", (request, _reply, done) => {
    if (!isTracing() || (request as { ws?: boolean }).ws) return done();
    const { operationName } = (request.body ?? {}) as { operationName?: unknown };
    const attributes = { subgraph, [CORRELATION_ATTRIBUTE]: String(request.headers[CORRELATION_HEADER] ?? "") };
    const name = `${subgraph} ${typeof operationName === "string" ? operationName : "operation"}`;
    const span = startSpan(name, { kind: SpanKind.SERVER, attributes }, traceOf(request.headers));
    spans.set(request, span);
    within(span, done);
  });
  app.addHook("onResponse", (request, _reply, done) => {
    spans.get(request)?.end();
    done();
  });
}

function contextOf(
  parts: Parts,
  log: Parts["log"],
  caller: Caller | undefined,
  sent: Record<string, unknown>,
): RequestContext {
  if (!caller) throw new TypeError("a request without a caller");
  const correlationId = typeof sent[CORRELATION_HEADER] === "string" ? sent[CORRELATION_HEADER] : randomUUID();
  const waits = Number(sent[DEADLINE_HEADER]);
  const deadline = waits > 0 ? { deadlineMs: Math.max(LEAST_MS, waits - MARGIN_MS) } : {};
  return { ...parts, log: log.child({ correlationId }), caller, correlationId, call: { correlationId, ...deadline } };
}
