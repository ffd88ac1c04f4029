import { readFile } from "node:fs/promises";
import type { Role } from "./arguments.ts";
import type { Context, Station } from "./run-roles.ts";

/** The stations' own start functions; each is loaded only in the process that runs it. */
export const stations: Record<Role, Station> = {
  sandbox: notLanded,
  worker: notLanded,
  subgraphs: notLanded,

  gateway: async ({ config, wanted, log, shutdown }: Context) => {
    const { startGateway } = await import("#gateway/server.ts");
    const { demoPeople } = await import("#gateway/access/demo-people.ts");
    const { supergraph } = wanted;
    const theirs = supergraph === undefined ? {} : { supergraphSdl: await readSupergraphFile(supergraph) };
    const gateway = await startGateway({ config, log, ...theirs });
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

async function readSupergraphFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new Error(
      `--supergraph ${file}: ${(cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : "can't be read"}.`,
      { cause },
    );
  }
}

async function notLanded(): Promise<never> {
  throw new Error("This role is not on main yet.");
}
