import { readFileSync } from "node:fs";
import path from "node:path";
import { type Client, createClient } from "graphql-ws";
import WebSocket from "ws";
import { type DemoClaims, demoPeople, demoRole } from "#gateway/access/demo-people.ts";
import type { Role } from "#shared/caller.ts";

const folder = path.resolve(import.meta.dirname, "contract/documents");
/** A document of the client contract: `service-ui/request-return`. */
export const contractDocument = (name: string): string => readFileSync(path.join(folder, `${name}.graphql`), "utf8");

export type Answer = {
  data: any;
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string; [name: string]: unknown } }[];
};
export type TestClient = {
  /** A contract document by name, or a text of its own. */
  query(document: string, variables?: object): Promise<Answer>;
  /** The same, and the data where there must be no errors. */
  data(document: string, variables?: object): Promise<any>;
  subscribe(document: string, variables?: object): Frames;
  token: string;
};
/** Frames in the order in which they came, and waits for them. */
export type Frames = {
  seen: Answer[];
  /** The first frame that fits, also one that came before. */
  until(what: string, fits: (frame: Answer) => boolean): Promise<Answer>;
  /** Resolves when the server ends the stream. */
  ended: Promise<void>;
  /** As if the network were cut. */
  cut(): void;
  stop(): Promise<void>;
};

type Gateway = { url: string; issuer: { token(claims: DemoClaims): Promise<string> } | undefined };

/** People of the seeded distributor (`ada`), a role with all companies (`role:warehouse`), or whoever has these claims, as clients of the gateway. */
export function createClients(gateway: Gateway) {
  const open = new Set<Client>();
  const documentOf = (text: string) => (/^[a-z-]+\/[a-z-]+$/.test(text) ? contractDocument(text) : text);

  async function as(who: string | DemoClaims): Promise<TestClient> {
    const claims = typeof who === "string" ? claimsOf(who) : who;
    if (!claims || !gateway.issuer) throw new Error(`there is nobody called ${JSON.stringify(who)}`);
    const token = await gateway.issuer.token(claims);
    const query = (document: string, variables: object = {}) =>
      post(gateway.url, token, { query: documentOf(document), variables });
    return {
      token,
      query,
      data: async (document, variables) => {
        const { data, errors } = await query(document, variables);
        if (errors) throw new Error(JSON.stringify(errors, null, 1));
        return data;
      },
      subscribe: (document, variables = {}) =>
        subscribe(gateway.url, token, open, { query: documentOf(document), variables }),
    };
  }

  return {
    as,
    stop: async () => {
      for (const client of open) await client.dispose();
    },
  };
}

const claimsOf = (who: string): DemoClaims | undefined =>
  who.startsWith("role:") ? demoRole(who.slice(5) as Role) : demoPeople[who];

async function post(url: string, token: string, body: object): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Answer;
}

function subscribe(
  url: string,
  token: string,
  open: Set<Client>,
  payload: { query: string; variables: object },
): Frames {
  let socket: WebSocket | undefined;
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    on: { opened: (opened) => void (socket = opened as WebSocket) },
  });
  open.add(client);
  const seen: Answer[] = [];
  const waiting = new Set<{
    fits: (frame: Answer) => boolean;
    resolve: (frame: Answer) => void;
    reject: (error: Error) => void;
    what: string;
  }>();
  const end = Promise.withResolvers<void>();
  const over = (error?: unknown) => {
    for (const { reject, what } of waiting)
      reject(
        new Error(
          `the stream ended before ${what}: ${JSON.stringify(error ?? "complete")}; seen ${JSON.stringify(
            seen.map(({ data }) => data),
            null,
            1,
          )}`,
          { cause: error },
        ),
      );
    waiting.clear();
    end.resolve();
  };
  const unsubscribe = client.subscribe(payload as { query: string; variables: Record<string, unknown> }, {
    next: (frame) => {
      seen.push(frame as Answer);
      for (const waiter of waiting) {
        if (!waiter.fits(frame as Answer)) continue;
        waiting.delete(waiter);
        waiter.resolve(frame as Answer);
      }
    },
    error: over,
    complete: () => over(),
  });
  return {
    seen,
    ended: end.promise,
    until: (what, fits) => {
      const before = seen.find(fits);
      if (before) return Promise.resolve(before);
      return new Promise((resolve, reject) => void waiting.add({ fits, resolve, reject, what }));
    },
    cut: () => socket?.terminate(),
    stop: async () => {
      unsubscribe();
      await client.dispose();
    },
  };
}
