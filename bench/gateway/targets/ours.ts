import path from "node:path";
import { createInternalKeys } from "#shared/caller.ts";
import { readConfig } from "#shared/config.ts";
import { createLog } from "#shared/log.ts";
import { demoPeople } from "#gateway/access/demo-people.ts";
import { startGateway } from "#gateway/server.ts";
import { operation } from "../house.ts";
import type { Setting, StartTarget, Target } from "./target.ts";

const DOCUMENT_ID = "bench-returns";

/** The gateway as it is started in production: a token, requirements of authorization on the fields, limits, metrics, and a log at `info`, which goes to a file. */
export const start: StartTarget = async (setting) => ({
  ...(await startOurs(setting)),
  path: "/graphql",
  byDocument: false,
});

/** The same, asked for a registered document by its id. */
export const startByDocument: StartTarget = async (setting) => ({
  ...(await startOurs(setting)),
  path: `/graphql/${DOCUMENT_ID}`,
  byDocument: true,
});

async function startOurs({ urls, secured, folder }: Setting): Promise<Omit<Target, "path" | "byDocument">> {
  const { privateKey } = await createInternalKeys();
  const gateway = await startGateway({
    config: { ...readConfig({ PORT: "0", DATA_DIR: folder }), internalKey: privateKey, subgraphUrls: urls },
    log: createLog({ level: "info", name: "gateway", file: path.join(folder, "gateway.log") }),
    supergraphSdl: secured,
    documents: {
      find: (_, id) => (id === DOCUMENT_ID ? { source: operation } : undefined),
      all: [{ source: operation }],
    },
  });
  const token = await gateway.issuer?.token(demoPeople["otto"]!);
  return { port: Number(new URL(gateway.url).port), headers: { authorization: `Bearer ${token}` }, stop: gateway.stop };
}
