import { buildSubgraphSchema } from "@apollo/subgraph";
import { composeServices } from "@apollo/composition";
import { graphql, parse } from "graphql";
import { createCaller } from "#shared/caller.ts";
import { createSilentLog } from "#shared/log.ts";
import { type Answer, createEngine, type EngineParts } from "#gateway/engine/engine.ts";
import type { ReadAnswer } from "#gateway/engine/generate-reader.ts";
import type { GatewayContext } from "#gateway/request.ts";
import { loadSupergraph } from "#gateway/supergraph.ts";
import type { SubgraphAnswer, SubgraphClient } from "#gateway/subgraph-client.ts";

type Resolvers = NonNullable<
  Parameters<typeof buildSubgraphSchema>[0] extends infer M ? (M extends { resolvers?: infer R } ? R : never) : never
>;
export type Parts = Record<string, { sdl: string; resolvers?: object; answer?: (body: Sent) => unknown }>;
export type Sent = { query: string; variables: Record<string, any>; operationName?: string };

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@external", "@shareable", "@override", "@inaccessible", "@interfaceObject", "@context", "@fromContext", "@requiresScopes", "@provides"])`;

export const context: GatewayContext = {
  caller: createCaller({
    kind: "PERSON",
    id: "ada",
    name: "Ada",
    roles: [],
    companies: "*",
    sites: null,
    partner: null,
    scope: [],
    rows: null,
    client: "person:test:ada",
  }),
  correlationId: "test",
  deadlineAt: Infinity,
  log: createSilentLog(),
};

/** An engine over subgraphs in this process, and what it sent to them. `texts` are the very words of subgraphs about entities. */
export function engineOf(
  parts: Parts,
  settings: Partial<EngineParts> = {},
  texts: Readonly<Record<string, string>> = {},
) {
  const services = Object.entries(parts).map(([name, { sdl }]) => ({
    name,
    url: `http://${name}.invalid`,
    typeDefs: parse(`${link}\n${sdl}`),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (supergraphSdl === undefined) throw new Error(errors?.join("\n"));
  const supergraph = loadSupergraph(supergraphSdl);
  const sent: (Sent & { to: string })[] = [];
  const scanned: Record<string, boolean[]> = {};
  const read: Read = (name, made, scan) => {
    const text = (made.includes('"_entities":') && texts[name]) || made;
    const answer = scan?.(text);
    if (scan) (scanned[name] ??= []).push(answer !== undefined);
    return answer ?? (JSON.parse(text) as SubgraphAnswer);
  };
  const clients = new Map(Object.entries(parts).map(([name, part]) => [name, clientOf(name, part, sent, read)]));
  const engine = createEngine({ supergraph, clients, ...settings });
  const ask = async (source: string, variables: Record<string, unknown> = {}, who = context, operationName?: string) =>
    plain(await engine.execute(engine.prepare(source, operationName), variables, who));
  return { engine, sent, ask, supergraph, scanned };
}

type Read = (name: string, made: string, scan: ReadAnswer | undefined) => SubgraphAnswer;

function clientOf(
  name: string,
  { sdl, resolvers, answer }: Parts[string],
  sent: (Sent & { to: string })[],
  read: Read,
): SubgraphClient {
  const schema = buildSubgraphSchema({
    typeDefs: parse(`${link}\n${sdl}`),
    resolvers: (resolvers ?? {}) as Resolvers & object,
  });
  return {
    name,
    url: `http://${name}.invalid`,
    told: (errors) => errors,
    close: async () => undefined,
    send: async (body, _context, _name, scan) => {
      const request = JSON.parse(body) as Sent;
      sent.push({ to: name, ...request });
      const given = answer?.(request);
      const { query: source, variables: variableValues } = request;
      const result = given ?? (await graphql({ schema, source, variableValues, rootValue: {} }));
      return read(name, JSON.stringify(result), scan);
    },
  };
}

/** An answer as a client would read it: data parsed, errors as [path, code or message]. */
export function plain({ data, errors }: Answer) {
  return {
    data: data === undefined ? undefined : (JSON.parse(data) as Record<string, any> | null),
    text: data,
    errors: errors.map(({ path, message, extensions }) => [path?.join("."), String(extensions["code"] ?? message)]),
  };
}
