import path from "node:path";
import type { Config } from "#shared/config.ts";
import type { Role, Wanted } from "./arguments.ts";
import type { Context, Station } from "./run-roles.ts";
import { sandboxSide } from "./sandbox-options.ts";

/** The stations' own start functions; each is loaded only in the process that runs it. */
export const stations: Record<Role, Station> = {
  sandbox: async ({ config, wanted, shutdown, progress }: Context) => {
    const { startSandbox } = await import("#sandbox/main.ts");
    const { dataDir, host, sandboxPort, sandboxAutoplay, intakeUrl = null } = config;
    const sandbox = await startSandbox({
      host,
      port: sandboxPort,
      dataDir,
      credentials: sandboxSide(config.secret),
      hooks: intakeUrl,
      // A pause before each deed, so that people can watch the floor.
      warehouses: { autoplay: sandboxAutoplay, paceMs: 700 },
      scale: wanted.scale,
      progress,
    });
    shutdown.add("sandbox", sandbox.stop);
    const urls = Object.entries(sandbox.servers).map(([name, { url }]) => `${url} (${name})`);
    return { addresses: { Sandbox: urls.join(", ").replaceAll(", http://127.0.0.1:", ", ") } };
  },

  worker: async ({ config, log, shutdown }: Context) => {
    const { startWorker } = await import("#orchestration/main.ts");
    const { intakeUrl, stop } = await startWorker({ config, log });
    shutdown.add("worker", stop, { deadlineMs: 20_000 });
    return { addresses: { Intake: intakeUrl }, config: { intakeUrl } };
  },
  subgraphs: async ({ config, wanted, log, shutdown }: Context) => {
    const { startSubgraphs } = await import("#subgraphs/index.ts");
    const beside = wanted.roles.includes("gateway");
    const where = beside ? { ...config, host: "127.0.0.1", subgraphsPort: 0 } : config;
    const { urls, stop } = await startSubgraphs({ config: where, log }, wanted.subgraphs);
    shutdown.add("subgraphs", stop, { deadlineMs: 15_000 });
    if (beside) return { addresses: {}, config: { subgraphUrls: { ...config.subgraphUrls, ...urls } } };
    return { addresses: Object.fromEntries(Object.entries(urls).map(([name, url]) => [`Subgraph ${name}`, url])) };
  },

  gateway: async ({ config, wanted, log, shutdown }: Context) => {
    const { startGateway } = await import("#gateway/server.ts");
    const { demoPeople } = await import("#gateway/access/demo-people.ts");
    const { supergraph } = wanted;
    const where = supergraph === undefined ? config : { ...config, partnersDir: theirPartners(config) };
    const gateway = await startGateway({ config: where, log, ...(await graphOf(wanted)) });
    shutdown.add("gateway", gateway.stop, { deadlineMs: 15_000 });
    const { url, explorerUrl, issuer } = gateway;
    const token = issuer && demoPeople.ada ? { token: await issuer.token(demoPeople.ada) } : {};
    return {
      addresses: {
        GraphQL: `${url}/graphql`,
        ...(explorerUrl === undefined ? {} : { Explorer: explorerUrl }),
        Webhooks: `${url}/hooks/<system>`,
        Health: `${url}/health/ready`,
        ...(issuer ? { "Token issuer": issuer.url } : {}),
        ...token,
      },
    };
  },
};

type Graph = { supergraphSdl?: string; supergraphFile?: string };

/**
 * The supergraph's file is followed while the gateway runs; ours not where the subgraphs stand in the same process, for they keep the schemas that they
 * were started with.
 */
export async function graphOf({ supergraph, roles }: Pick<Wanted, "supergraph" | "roles">): Promise<Graph> {
  if (supergraph !== undefined) {
    const { readForeignSupergraph } = await import("#gateway/foreign-supergraph.ts");
    return { supergraphSdl: await readForeignSupergraph(supergraph), supergraphFile: supergraph };
  }
  const { committedSupergraph } = await import("#gateway/supergraph.ts");
  return roles.includes("subgraphs") ? {} : { supergraphFile: committedSupergraph };
}

/** Our partners' bundles are made for our graph; those of another one stand where PARTNERS_DIR says, and by default there are none. */
const theirPartners = ({ secret, partnersDir, dataDir }: Config): string =>
  secret("PARTNERS_DIR") === undefined ? path.join(dataDir, "partners") : partnersDir;
