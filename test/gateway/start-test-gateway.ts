import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Client, type ClientOptions, createClient } from "graphql-ws/client";
import { WebSocket } from "ws";
import { type Config, readConfig } from "#shared/config.ts";
import { internals, type Internals } from "#shared/internals.ts";
import { createSilentLog, type Log } from "#shared/log.ts";
import { demoPeople } from "#gateway/access/demo-people.ts";
import type { HouseDocuments } from "#gateway/doors/house-documents.ts";
import { startGateway } from "#gateway/server.ts";
import { startStubFederation } from "./stub-federation.ts";

export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>;
type Changes = {
  config?: Partial<Config>;
  settings?: Partial<Internals>;
  log?: Log;
  /** Texts that are registered under `sha256:<their hash>`, for everybody. */
  documents?: readonly string[];
  /** A file that is followed for another supergraph. */
  supergraphFile?: string;
};

/** The gateway in front of the stub federation, on free ports, with times short enough not to be waited for. */
export async function startTestGateway({ config, settings, log, documents, supergraphFile }: Changes = {}) {
  const stub = await startStubFederation();
  const dataDir = await mkdtemp(path.join(tmpdir(), "gateway-"));
  const quick = { resubscribeFirstMs: 1, resubscribeMaxMs: 20, closeSpreadMs: 20, ...settings };
  const gateway = await startGateway({
    config: {
      ...readConfig({ PORT: "0" }),
      dataDir,
      partnersDir: path.join(dataDir, "partners"),
      internalKey: stub.keys.privateKey,
      subgraphUrls: { returns: stub.returns.url, orders: stub.orders.url },
      internals: internals.parse(quick),
      ...config,
    },
    log: log ?? createSilentLog(),
    supergraphSdl: stub.sdl,
    ...(supergraphFile === undefined ? {} : { supergraphFile }),
    documents: registryOf(documents ?? []),
  });
  const { issuer } = gateway;
  const tokenOf = (name: string): Promise<string> => {
    const claims = demoPeople[name];
    if (!issuer || !claims) throw new Error(`no token for ${name}`);
    return issuer.token(claims);
  };
  const url = `${gateway.url}/graphql`;
  const post = async (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${await tokenOf("ada")}`, ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const clients: Client[] = [];
  return {
    gateway,
    stub,
    url,
    dataDir,
    tokenOf,
    post,
    query: async (query: string, variables: Record<string, unknown> = {}) =>
      (await post({ query, variables })).json() as Promise<Answer>,
    /** A graphql-ws client as an app would have it. */
    socket: async (who = "ada", options: Partial<ClientOptions> = {}): Promise<Client> => {
      const authorization = `Bearer ${await tokenOf(who)}`;
      const address = url.replace(/^http/, "ws");
      const client = createClient({
        url: address,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionParams: { authorization },
        ...options,
      });
      clients.push(client);
      return client;
    },
    stop: async () => {
      for (const client of clients) await client.dispose();
      await gateway.stop();
      await stub.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The id under which a text is registered. */
export const idOf = (source: string): string => `sha256:${createHash("sha256").update(source).digest("hex")}`;

function registryOf(sources: readonly string[]): HouseDocuments {
  const byId = new Map(sources.map((source) => [idOf(source), { source }]));
  return { find: (_, id) => byId.get(id), all: [...byId.values()] };
}

export type Answer = {
  data?: Record<string, any> | null;
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, any> }[];
};
