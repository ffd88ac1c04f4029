import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type Config, isLoopback, type SubgraphName } from "#shared/config.ts";
import { listen, stopServer } from "#shared/listen.ts";
import type { Log } from "#shared/log.ts";
import { createShutdown, type Shutdown } from "#shared/shutdown.ts";
import { createAuthenticate } from "./access/authenticate.ts";
import { type DevelopmentIssuer, startDevelopmentIssuer } from "./access/development-issuer.ts";
import { createKeyVerifier } from "./access/verify-key.ts";
import { createTokenVerifier } from "./access/verify-token.ts";
import { createExplorerDoor } from "./doors/explorer/explorer.ts";
import { createHealthDoor } from "./doors/health.ts";
import { createHooksDoor } from "./doors/hooks.ts";
import { type HouseDocuments, readHouseDocuments } from "./doors/house-documents.ts";
import { createHttpDoor } from "./doors/http.ts";
import { createResolveDocument, type DocumentRegistry } from "./doors/documents.ts";
import { createEngineDoor } from "./doors/engine-door.ts";
import { createPrepare } from "./doors/operations.ts";
import { createSentDocuments } from "./doors/sent-documents.ts";
import { createEventStreamDoor } from "./doors/sse.ts";
import { createWebSocketDoor } from "./doors/websocket.ts";
import { createEngine, type DocumentInUse, type Engine } from "./engine/engine.ts";
import { createEngineFor } from "./engine-for.ts";
import { createEngines, type Engines } from "./engines.ts";
import { createUpstream } from "./engine/upstream.ts";
import { followSupergraph, refuseOtherSubgraphs } from "./follow-supergraph.ts";
import { followBundles } from "./partners/follow-bundles.ts";
import { type Partners, startPartners } from "./partners/partners.ts";
import type { Graph } from "./partners/read-bundle.ts";
import { createTrustedDocuments } from "./partners/trusted-documents.ts";
import { createScanner } from "./plugins/scan-document.ts";
import { startGraphQLServer } from "./graphql-server.ts";
import { createSignFor, type SignFor } from "./internal-tokens.ts";
import { createSubgraphClient, type SubgraphClient } from "./subgraph-client.ts";
import { type LoadedSupergraph, loadSupergraph, readSupergraph } from "./supergraph.ts";

export type Gateway = {
  /** `http://127.0.0.1:4000`; GraphQL is at `/graphql` of it. */
  readonly url: string;
  /** The explorer page, where it is served (G-17). */
  readonly explorerUrl: string | undefined;
  /** Undefined where tokens come from `OIDC_ISSUER`. */
  readonly issuer: DevelopmentIssuer | undefined;
  readonly stop: () => Promise<void>;
};

export type GatewayParts = {
  /** `internalKey` and the addresses of our own subgraphs have to be set, unless the supergraph has none of them. */
  readonly config: Config;
  readonly log: Log;
  /** The committed supergraph unless given. */
  readonly supergraphSdl?: string;
  /** The file it was read from, which is then looked at: what stands there later takes over while the gateway runs. */
  readonly supergraphFile?: string;
  /** The registered documents of people and machines; those of DOCUMENTS_DIR unless given. */
  readonly documents?: HouseDocuments;
};

/** Starts the only door: HTTP, WebSocket, hooks, health and explorer on one port, and the development issuer where no other is set. A failed start leaves nothing behind. */
export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  refuseOpenDevelopment(parts.config);
  const shutdown = createShutdown(parts.log);
  try {
    return { ...(await start(parts, shutdown)), stop: async () => void (await shutdown.run("the gateway is stopped")) };
  } catch (error) {
    await shutdown.run("the gateway could not start");
    throw error;
  }
}

async function start(
  { config, log, supergraphSdl, supergraphFile, documents }: GatewayParts,
  shutdown: Shutdown,
): Promise<Omit<Gateway, "stop">> {
  const settings = config.internals;
  const supergraph = loadSupergraph(supergraphSdl ?? (await readSupergraph()));
  const sign = await createSignFor(supergraph.subgraphs, config.internalKey);
  const clients = connectSubgraphs(supergraph.subgraphs, config, sign, log);
  shutdown.add("subgraph connections", () => Promise.all([...clients.values()].map((client) => client.close())));
  const urls = new Map([...clients].map(([name, { url }]) => [name, url]));
  const upstream = createUpstream({ urls, sign, log });
  shutdown.add("upstream subscriptions", upstream.stop);
  const engines = createEngines<DocumentInUse, Engine & Graph>(supergraph, (loaded) => {
    refuseOtherSubgraphs(loaded, supergraph);
    const parts = { clients, subscriptions: { upstream, settings }, refusal: config.refusedFields };
    return { ...createEngine({ supergraph: loaded, ...parts }), rules: loaded.rules };
  });
  const partners = await startPartners({
    folder: config.partnersDir,
    graphOf: ({ include }) => engines.of(include),
    pollMs: settings.partnersPollMs,
    log,
  });
  shutdown.add("partners", partners.stop);
  shutdown.add("contracts", followBundles(partners, engines, log));
  const engineFor = createEngineFor(engines, partners);
  const graphql = await startGraphQLServer({
    lifeCycleSdl: supergraph.lifeCycleSdl,
    onUpdate: (listener) => engines.onSwap(({ lifeCycleSdl }) => listener(lifeCycleSdl)),
    engineFor,
    log,
  });
  shutdown.add("graphql server", () => graphql.stop());
  if (supergraphFile !== undefined) {
    const followed = { file: supergraphFile, sdl: supergraph.sdl, pollMs: settings.supergraphPollMs, log };
    shutdown.add("supergraph file", followSupergraph({ ...followed, take: engines.update }));
  }
  const issuer = await startIssuer(config);
  shutdown.add("development issuer", () => issuer?.stop());
  const trust = { issuer: issuer?.url ?? String(config.oidcIssuer), audience: config.oidcAudience };
  const authenticate = createAuthenticate({
    token: createTokenVerifier(trust, partners),
    key: createKeyVerifier(partners),
  });

  const health = createHealthDoor(clients);
  const prepare = createPrepare(engineFor);
  const house = documents ?? (await readHouseDocuments(config.documentsDir));
  const resolve = createResolveDocument({
    registry: registryOf(partners, house),
    sent: createSentDocuments(),
    scan: createScanner(),
    introspection: config.introspection,
  });
  const origins = {
    ours: new Set(config.allowedOrigins),
    ofPartner: (id: string) => partners.get(id)?.origins ?? [],
    isAnyPartners: partners.hasOrigin,
  };
  const hidesSchema = !config.introspection;
  const asked = { prepare, resolve, authenticate, origins, hidesSchema, settings, log };
  const sockets = createWebSocketDoor(asked);
  const eventStreams = createEventStreamDoor(asked);
  const hasExplorer = config.explorer;
  const server = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS },
    route({
      graphql: createHttpDoor({ ...asked, graphql, engineDoor: createEngineDoor(prepare), eventStreams }),
      hooks: createHooksDoor({ intakeUrl: config.intakeUrl, log }),
      explorer: hasExplorer ? createExplorerDoor(issuer) : notFound,
      live: (_, response) => health.live(response),
      ready: (_, response) => health.ready(response),
      log,
    }),
  );
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", (err) => log.debug({ err }, "a socket failed while it was upgraded"));
    if (pathOf(request) === "/graphql") return sockets.upgrade(request, socket, head);
    socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
  });
  const port = await listen(server, { host: config.host, port: config.port, variable: "PORT" });
  const closeDoors = () => {
    health.stopping();
    // Connections that are busy now are closed with their answer instead of being kept for another request.
    server.keepAliveTimeout = 1;
    return Promise.all([sockets.stop(), eventStreams.stop(), stopServer(server)]);
  };
  shutdown.add("doors", closeDoors, { deadlineMs: CLOSING_MS });
  const url = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`;
  log.info({ url, issuer: issuer?.url ?? config.oidcIssuer }, "gateway is up");
  if (settings.warmDocuments) warm(engines, house, log);
  return { url, explorerUrl: hasExplorer ? `${url}/explorer` : undefined, issuer };
}

/** Headers have to be there within this, whole requests (hooks' bodies too) within that; a GraphQL body has `bodyMs`. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;
/** Requests under way get so long to be answered when the gateway stops. */
const CLOSING_MS = 15_000;

function refuseOpenDevelopment({ host, oidcIssuer, explorer }: Config): void {
  if (isLoopback(host)) return;
  if (oidcIssuer === undefined)
    throw new Error(`HOST ${host} is not loopback: set OIDC_ISSUER, the development issuer is for this machine only.`);
  if (explorer) throw new Error(`HOST ${host} is not loopback: set EXPLORER=0, the explorer is for this machine only.`);
}

const startIssuer = async (config: Config): Promise<DevelopmentIssuer | undefined> =>
  config.oidcIssuer === undefined
    ? startDevelopmentIssuer({ dataDir: config.dataDir, port: config.issuerPort, audience: config.oidcAudience })
    : undefined;

function connectSubgraphs(
  subgraphs: LoadedSupergraph["subgraphs"],
  { subgraphUrls, internals }: Config,
  sign: SignFor,
  log: Log,
): ReadonlyMap<string, SubgraphClient> {
  const open = ({ name, url: theirs }: LoadedSupergraph["subgraphs"][number]) => {
    const url = theirs ?? subgraphUrls[name as SubgraphName];
    if (url === undefined)
      throw new Error(`SUBGRAPH_URL_${name.toUpperCase()} is not set: where is the subgraph ${name}?`);
    const isTheirs = theirs !== undefined;
    return createSubgraphClient({ name, url, sign, isTheirs, deadlineMs: internals.subgraphDeadlineMs, log });
  };
  return new Map(subgraphs.map((subgraph) => [subgraph.name, open(subgraph)]));
}

/** A partner's documents are its bundle's, everybody else's are the house's. */
function registryOf(partners: Partners, house: DocumentRegistry): DocumentRegistry {
  const trusted = createTrustedDocuments(partners);
  return { find: (caller, id) => (caller.kind === "PARTNER" ? trusted : house).find(caller, id) };
}

/** Documents that are known are ready before somebody asks for them; nobody waits for that. */
function warm(engines: Engines<Engine, DocumentInUse>, { all }: HouseDocuments, log: Log): void {
  const known = all.map(({ source, operationName }) => ({ source, operationName }));
  engines.warm(null, known).catch((err: unknown) => log.error({ err }, "the house's documents can't be warmed"));
}

type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;
type Doors = Record<"graphql" | "hooks" | "explorer" | "live" | "ready", Handle> & { log: Log };

const pathOf = ({ url = "/" }: IncomingMessage) => url.split("?", 1)[0] ?? "/";
const notFound: Handle = (_, response) => response.writeHead(404).end();

function route(doors: Doors): Handle {
  const exact: Record<string, Handle> = {
    "/graphql": doors.graphql,
    "/health/live": doors.live,
    "/health/ready": doors.ready,
  };
  const doorOf = (path: string): Handle => {
    if (path.startsWith("/hooks/")) return doors.hooks;
    if (path.startsWith("/graphql/")) return doors.graphql;
    if (path === "/explorer" || path.startsWith("/explorer/")) return doors.explorer;
    return exact[path] ?? notFound;
  };
  return async (request, response) => {
    try {
      await doorOf(pathOf(request))(request, response);
    } catch (err) {
      doors.log.error({ err, url: pathOf(request) }, "a door failed");
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    }
  };
}
