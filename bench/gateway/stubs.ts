import { execute, parse, validate } from "graphql";
import type { AddressInfo, Server } from "node:net";
import { schemaOf, subgraphs } from "./house.ts";
import { createBytesServer, jsonAnswer, type Message } from "./http-bytes.ts";

/** So many answers are kept for all targets together; past it the run is wrong, not slow. */
const KEPT_ANSWERS = 100_000;

/** The subgraphs, alike for every target: a request body is executed once with graphql, then its bytes are replayed, so that they cost next to nothing. */
export async function startStubs(): Promise<{ urls: Record<string, string>; stop: () => void }> {
  const servers = await Promise.all(subgraphs.map((name) => startStub(name)));
  return {
    urls: Object.fromEntries(servers.map(({ name, port }) => [name, `http://127.0.0.1:${port}/graphql`])),
    stop: () => servers.forEach(({ server }) => server.close()),
  };
}

async function startStub(name: string): Promise<{ name: string; server: Server; port: number }> {
  const executeOnce = createExecutor(name);
  const kept = new Map<string, Buffer>();
  const server = createBytesServer(({ body }: Message) => {
    const key = body.toString("latin1");
    return kept.get(key) ?? executeOnce(body.toString("utf8")).then((text) => keep(key, jsonAnswer(text)));
  });
  const keep = (key: string, answer: Buffer) => {
    if (kept.size < KEPT_ANSWERS) kept.set(key, answer);
    return answer;
  };
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
  return { name, server, port: (server.address() as AddressInfo).port };
}

type Asked = { query?: string; variables?: Record<string, unknown>; operationName?: string | null };

function createExecutor(name: string): (body: string) => Promise<string> {
  const schema = schemaOf(name);
  const documents = new Map<string, ReturnType<typeof parse>>();
  return async (body) => {
    if (body === "") return JSON.stringify({ errors: [{ message: "The stub got no body." }] });
    const { query = "", variables = {}, operationName = null } = JSON.parse(body) as Asked;
    const document = documents.get(query) ?? parse(query);
    if (!documents.has(query)) {
      const errors = validate(schema, document);
      if (errors.length) return JSON.stringify({ errors });
      documents.set(query, document);
    }
    return JSON.stringify(await execute({ schema, document, variableValues: variables, operationName }));
  };
}
