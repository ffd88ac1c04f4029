import path from "node:path";
import { createInternalKeys } from "#shared/caller.ts";
import { readConfig } from "#shared/config.ts";
import { createLog } from "#shared/log.ts";
import { demoPeople } from "#gateway/access/demo-people.ts";
import { startGateway } from "#gateway/server.ts";
import type { Setting, StartTarget, Target } from "./target.ts";

/** The gateway as it is started in production: token, authorization, limits, metrics and a log at `info`, which goes to a file. */
export const startOurs = async ({
  urls,
  supergraph,
  folder,
}: Setting): Promise<Omit<Target, "path" | "byDocument">> => {
  const { privateKey } = await createInternalKeys();
  const gateway = await startGateway({
    config: { ...readConfig({ PORT: "0", DATA_DIR: folder }), internalKey: privateKey, subgraphUrls: urls },
    log: createLog({ level: "info", name: "gateway", file: path.join(folder, "gateway.log") }),
    supergraphSdl: supergraph,
  });
  const token = await gateway.issuer?.token(demoPeople["otto"]!);
  return { port: Number(new URL(gateway.url).port), headers: { authorization: `Bearer ${token}` }, stop: gateway.stop };
};

export const start: StartTarget = async (setting) => ({
  ...(await startOurs(setting)),
  path: "/graphql",
  byDocument: false,
});
