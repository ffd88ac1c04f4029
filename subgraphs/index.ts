import type { JSONWebKeySet } from "jose";
import { connectSystems, type Systems, type SystemsOptions } from "#adapters/systems.ts";
import { type Config, type SubgraphName, subgraphNames } from "#shared/config.ts";
import { connectDatabase, type Db } from "#shared/database.ts";
import type { Log } from "#shared/log.ts";
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
  config: Pick<
    Config,
    "host" | "subgraphsPort" | "internalPublicKeys" | "installation" | "cursorSecret" | "internals" | "databaseUrl"
  > &
    SystemsOptions["config"];
  log: Log;
  /** Shared with others of the process; connected here, and let go at the end, where they are not given. */
  db?: Db;
  systems?: Systems;
  sandboxUrls?: SystemsOptions["sandboxUrls"];
  ring?: Parts["ring"];
};

/** Starts these subgraphs, or all: each on a port of its own, counted from SUBGRAPHS_PORT in the order of the list. */
export async function startSubgraphs(
  given: StartParts,
  names: readonly SubgraphName[] = subgraphNames,
): Promise<StartedSubgraphs> {
  const publicKeys = given.config.internalPublicKeys;
  if (!publicKeys) throw new Error("INTERNAL_PUBLIC_KEYS is not set: the subgraphs accept only the gateway.");
  const releases: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const release of releases.splice(0).toReversed()) await release();
  };
  try {
    const parts = connect(given, releases);
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

function connect(
  { config, log, db, systems, sandboxUrls, ring = () => undefined }: StartParts,
  releases: (() => Promise<void>)[],
): Parts {
  const own = db ? null : connectDatabase({ url: String(config.databaseUrl), log, name: "subgraphs" });
  if (own) releases.push(own.stop);
  const connected = systems ?? connectSystems({ config, ...(sandboxUrls ? { sandboxUrls } : {}) });
  if (!systems) releases.push(() => connected.close());
  return { config, log, db: db ?? (own as NonNullable<typeof own>).db, systems: connected, ring };
}

const whereOf = (name: SubgraphName, { host, subgraphsPort }: StartParts["config"], publicKeys: JSONWebKeySet) => ({
  host,
  port: subgraphsPort && subgraphsPort + subgraphNames.indexOf(name),
  publicKeys,
});
