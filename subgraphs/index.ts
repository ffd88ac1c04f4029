import type { JSONWebKeySet } from "jose";
import { connectSystems, type Systems, type SystemsOptions } from "#adapters/systems.ts";
import { type Config, type SubgraphName, subgraphNames } from "#shared/config.ts";
import { connectDatabase, type Db } from "#shared/database.ts";
import type { Log } from "#shared/log.ts";
import { openFeed } from "#orchestration/feed.ts";
import { loadPolicies, type Policies } from "#orchestration/policies/policies.ts";
import { connectAnnouncer } from "#orchestration/ringing.ts";
import { cases } from "./cases/server.ts";
import { credits } from "./credits/server.ts";
import { inventory } from "./inventory/server.ts";
import type { Parts, Subgraph } from "./kit/context.ts";
import { startSubgraph } from "./kit/server.ts";
import { operations } from "./operations/server.ts";
import { orders } from "./orders/server.ts";
import { returns } from "./returns/server.ts";

/** A new subgraph is one line here, and its name in shared/config.ts. */
export const subgraphs: Record<SubgraphName, Subgraph> = { returns, orders, inventory, credits, cases, operations };

export type StartedSubgraphs = { urls: Partial<Record<SubgraphName, string>>; stop(): Promise<void> };
export type StartParts = {
  config: Config;
  log: Log;
  /** Shared with others of the process; what is not given is connected here and let go at the end. */
  db?: Db;
  systems?: Systems;
  sandboxUrls?: SystemsOptions["sandboxUrls"];
  policies?: Policies;
  announce?: Parts["announce"];
};

/** Starts these subgraphs, or all: each on a port of its own, counted from SUBGRAPHS_PORT in the order of the list. */
export async function startSubgraphs(
  given: StartParts,
  names: readonly SubgraphName[] = subgraphNames,
): Promise<StartedSubgraphs> {
  const { internalPublicKeys: publicKeys, databaseUrl } = given.config;
  if (!publicKeys) throw new Error("INTERNAL_PUBLIC_KEYS is not set: the subgraphs accept only the gateway.");
  if (!databaseUrl) throw new Error("DATABASE_URL is not set.");
  const releases: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const release of releases.splice(0).toReversed()) await release();
  };
  try {
    const parts = await connect(given, databaseUrl, releases);
    const urls: StartedSubgraphs["urls"] = {};
    for (const name of names) {
      const server = await startSubgraph(subgraphs[name], parts, whereOf(name, given.config, publicKeys));
      releases.push(() => server.stop());
      urls[name] = server.url;
    }
    return { urls, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function connect(given: StartParts, databaseUrl: string, releases: (() => Promise<void>)[]): Promise<Parts> {
  const { log, sandboxUrls, policies = loadPolicies(given.config.policiesDir) } = given;
  const config = { ...given.config, databaseUrl };
  const release = <Connected>(connected: Connected, stop: () => Promise<void>): Connected => {
    releases.push(stop);
    return connected;
  };
  const connection = given.db ? null : connectDatabase({ url: databaseUrl, log, name: "subgraphs" });
  const db = given.db ?? release(connection!.db, connection!.stop);
  const own = given.systems ? null : connectSystems({ config, ...(sandboxUrls ? { sandboxUrls } : {}) });
  const systems = given.systems ?? release(own!, () => own!.close());
  const feed = await openFeed({ db, log, config });
  releases.push(() => feed.stop());
  const announcer = given.announce ? null : await connectAnnouncer(config, log);
  if (announcer) releases.push(() => announcer.stop());
  return { config, log, db, systems, policies, feed, announce: given.announce ?? announcer! };
}

const whereOf = (name: SubgraphName, { host, subgraphsPort }: Config, publicKeys: JSONWebKeySet) => ({
  host,
  port: subgraphsPort && subgraphsPort + subgraphNames.indexOf(name),
  publicKeys,
});
