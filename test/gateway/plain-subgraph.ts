import { buildSubgraphSchema } from "@apollo/subgraph";
import { execute, parse, validate } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { json } from "node:stream/consumers";
import { WebSocketServer } from "ws";
import { listen } from "#shared/listen.ts";

export type PlainSubgraph = {
  readonly url: string;
  /** Headers of its requests and parameters of its sockets: what it was told of who asks. */
  readonly told: { readonly headers: IncomingHttpHeaders[]; readonly connections: unknown[] };
  readonly stop: () => Promise<void>;
};

/** Somebody else's subgraph: plain GraphQL over HTTP and graphql-transport-ws, and no word of our house. */
export async function startPlainSubgraph(parts: { sdl: string; resolvers: object }): Promise<PlainSubgraph> {
  const schema = buildSubgraphSchema({ typeDefs: parse(parts.sdl), resolvers: parts.resolvers as never });
  const told: PlainSubgraph["told"] = { headers: [], connections: [] };
  const server = createServer(async (request, response) => {
    told.headers.push(request.headers);
    const { query, variables } = (await json(request)) as { query: string; variables?: Record<string, unknown> };
    const document = parse(query);
    const errors = validate(schema, document);
    const result = errors.length ? { errors } : await execute({ schema, document, variableValues: variables ?? {} });
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
  });
  const sockets = new WebSocketServer({ server, path: "/graphql" });
  useServer({ schema, onConnect: ({ connectionParams }) => void told.connections.push(connectionParams) }, sockets);
  const port = await listen(server, { host: "127.0.0.1", port: 0, variable: "PORT" });
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    told,
    stop: async () => {
      sockets.clients.forEach((socket) => socket.terminate());
      await new Promise((resolve) => server.close(resolve).closeAllConnections());
    },
  };
}
