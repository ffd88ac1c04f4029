import { appendFile, cp, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { type Client, createClient } from "graphql-ws";
import WebSocket from "ws";
import { demoPartners } from "#gateway/access/demo-people.ts";
import { sha256IdOf } from "#gateway/partners/bundle-documents.ts";
import { keyFor } from "#tools/partner-key.ts";
import type { Answer } from "./clients.ts";

const source = path.resolve(import.meta.dirname, "../partners");

/** The bundles of the repository in a folder of the test's own, and an API key for one app of each partner of `keyed`. */
export async function copyBundles(keyed: readonly string[]): Promise<{ folder: string; keys: Map<string, string> }> {
  const folder = path.join(await mkdtemp(path.join(tmpdir(), "partners-")), "partners");
  await cp(source, folder, { recursive: true });
  const keys = new Map<string, string>();
  for (const partner of keyed) {
    const scopes = demoPartners[partner]!.scope!.split(" ");
    const { key, lines } = keyFor({ partner, client: "app", scopes, days: 1 }, { scopes: scopes as never });
    await appendFile(path.join(folder, partner, "bundle.yml"), `\n${lines.join("\n")}\n`);
    keys.set(partner, key);
  }
  return { folder, keys };
}

type Gateway = { url: string; issuer: { token(claims: object): Promise<string> } | undefined };
export type Followed = {
  seen: Answer[];
  until(what: string, fits: (frame: Answer) => boolean): Promise<Answer>;
  stop(): void;
};
export type PartnerClient = {
  /** A registered document, by the hash of its file. */
  ask(document: string, variables: object): Promise<Answer>;
  /** `follow-own-returns`, over a socket. */
  follow(after?: string): Followed;
};

/** Partners as their apps reach the gateway: by API key where there is one, by token else; nothing but registered documents by id. */
export function createPartnerClients({ url, issuer }: Gateway, keys: ReadonlyMap<string, string>) {
  const open = new Set<Client>();
  const idOf = async (partner: string, document: string) =>
    sha256IdOf(await readFile(path.join(source, partner, "documents", `${document}.graphql`), "utf8"));

  async function as(partner: string): Promise<PartnerClient> {
    const key = keys.get(partner);
    const credentials: Record<string, string> = key
      ? { "x-api-key": key }
      : { authorization: `Bearer ${await issuer!.token(demoPartners[partner]!)}` };
    const milestones = await idOf(partner, "follow-own-returns");
    return {
      ask: async (document, variables) => {
        const response = await fetch(`${url}/graphql/${await idOf(partner, document)}`, {
          method: "POST",
          headers: { "content-type": "application/json", ...credentials },
          body: JSON.stringify({ variables }),
        });
        return (await response.json()) as Answer;
      },
      follow: (after) => {
        const client = createClient({
          url: `${url.replace("http", "ws")}/graphql`,
          webSocketImpl: WebSocket,
          connectionParams: credentials,
          retryAttempts: 0,
          // This client's library knows texts only; the protocol takes an id in its place.
          jsonMessageReplacer: (name, value) => (name === "query" && value === "" ? undefined : value),
        });
        open.add(client);
        return followed(client, { query: "", documentId: milestones, variables: after ? { after } : {} });
      },
    };
  }
  return {
    as,
    stop: async () => {
      for (const client of open) await client.dispose();
    },
  };
}

function followed(client: Client, payload: object): Followed {
  const seen: Answer[] = [];
  const waiting = new Set<() => void>();
  let over: unknown;
  const tell = () => [...waiting].forEach((look) => look());
  const end = (why: unknown) => {
    over = inspect(why ?? "complete");
    tell();
  };
  const stop = client.subscribe(payload as { query: string }, {
    next: (frame) => {
      seen.push(frame as Answer);
      tell();
    },
    error: end,
    complete: () => end(undefined),
  });
  const until: Followed["until"] = (what, fits) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const frame = seen.find(fits);
        if (!frame && over === undefined) return;
        waiting.delete(look);
        if (frame) resolve(frame);
        else reject(new Error(`the stream ended before ${what}: ${JSON.stringify([over, seen])}`));
      };
      waiting.add(look);
      look();
    });
  return { seen, until, stop };
}
