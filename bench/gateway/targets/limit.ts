import { createServer } from "node:http";
import { Pool } from "undici";
import { listen, stopServer } from "#shared/listen.ts";
import { answerOf, callsOf, operation, PAGES, variablesOf } from "../house.ts";
import type { StartTarget } from "./target.ts";

/** What no gateway on node:http and undici can go below: the calls of the plan with bodies made before, their bytes put together and thrown away, and an answer made before. */
export const start: StartTarget = async ({ urls }) => {
  const pools = new Map(
    Object.entries(urls).map(([name, url]) => [name, new Pool(new URL(url).origin, { connections: 64 })]),
  );
  const call = (subgraph: string, body: string) => send(pools.get(subgraph)!, body);
  const prepared = prepare();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const known = prepared.get(Buffer.concat(chunks).toString("latin1"));
      if (!known) return void response.writeHead(404).end();
      const [first, ...others] = known.calls;
      call(first!.subgraph, first!.body)
        .then(() => Promise.all(others.map(({ subgraph, body }) => call(subgraph, body))))
        .then(
          () => response.writeHead(200, known.headers).end(known.answer),
          () => response.writeHead(502).end(),
        );
    });
  });
  const port = await listen(server, { host: "127.0.0.1", port: 0, variable: "PORT" });
  const stop = async () => {
    await stopServer(server);
    await Promise.all([...pools.values()].map((pool) => pool.destroy()));
  };
  return { port, path: "/graphql", byDocument: false, headers: {}, stop };
};

/** By request body: its calls, and its answer. */
export function prepare() {
  const pages = Array.from({ length: PAGES }, (_, page) => variablesOf(page));
  return new Map(
    pages.map((variables) => {
      const answer = JSON.stringify({ data: answerOf(variables) });
      const headers = {
        "content-type": "application/json; charset=utf-8",
        "content-length": Buffer.byteLength(answer),
      };
      const key = Buffer.from(JSON.stringify({ query: operation, variables })).toString("latin1");
      return [key, { calls: callsOf(variables), answer, headers }] as const;
    }),
  );
}

const headers = ["content-type", "application/json", "accept", "application/json"];

function send(pool: Pool, body: string): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  const handler = {
    onRequestStart: () => {},
    onResponseData: (_: unknown, chunk: Buffer) => void chunks.push(chunk),
    onResponseEnd: () => resolve(Buffer.concat(chunks)),
    onResponseError: (_: unknown, error: Error) => reject(error),
  };
  pool.dispatch({ path: "/graphql", method: "POST", headers, body }, handler as never);
  return promise;
}
