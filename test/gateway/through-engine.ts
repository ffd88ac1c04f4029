import { createEngine, type Engine } from "#gateway/engine/engine.ts";
import type { GatewayContext } from "#gateway/request.ts";
import type { SubgraphClient } from "#gateway/subgraph-client.ts";
import { createCaller } from "#shared/caller.ts";
import { createSilentLog } from "#shared/log.ts";
import type { Answer, AskSubgraph, Federation } from "./federation.ts";

type Ask = ReadonlyMap<string, AskSubgraph>;

const caller = createCaller({
  kind: "PERSON",
  id: "ada",
  name: "Ada",
  roles: ["service"],
  companies: ["US01"],
  sites: null,
  partner: null,
  scope: [],
  client: "test",
});

const log = createSilentLog();
/** A request's context; `correlationId` is what the subgraphs of one execution are found by. */
export const contextOf = (correlationId: string): GatewayContext => ({
  caller,
  correlationId,
  deadlineAt: Date.now() + 60_000,
  log,
});

/** Our engine before a federation of in-process subgraphs; each execution has subgraphs of its own. */
export function engineFor({
  supergraph,
}: Federation): (ask: Ask) => (source: string, variables: Record<string, unknown>) => Promise<EngineAnswer> {
  const running = new Map<string, Ask>();
  const engine = createEngine({
    supergraph,
    clients: clientsOf(
      supergraph.subgraphs.map(({ name }) => name),
      running,
    ),
  });
  let count = 0;
  return (ask) => async (source, variables) => {
    const id = `${(count += 1)}`;
    running.set(id, ask);
    try {
      return await execute(engine, source, variables, contextOf(id));
    } finally {
      running.delete(id);
    }
  };
}

/** The answer, and its data as the very text a client gets. */
export type EngineAnswer = Answer & { readonly text: string | undefined };

async function execute(
  engine: Engine,
  source: string,
  variables: Record<string, unknown>,
  context: GatewayContext,
): Promise<EngineAnswer> {
  const { data: text, errors } = await engine.execute(engine.prepare(source), variables, context);
  const data = text === undefined ? {} : { data: JSON.parse(text) as Record<string, any> | null };
  return { ...data, text, ...(errors.length ? { errors: errors.map((error) => error.toJSON()) } : {}) };
}

function clientsOf(names: readonly string[], running: ReadonlyMap<string, Ask>): ReadonlyMap<string, SubgraphClient> {
  const clientOf = (name: string): SubgraphClient => ({
    name,
    url: `http://${name}.invalid/graphql`,
    send: async (body, { correlationId = "" }, _, scan) => {
      const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
      const ask = running.get(correlationId)?.get(name);
      if (!ask) throw new Error(`nobody is ${name}`);
      const answer = await ask(query, variables ?? {});
      return scan?.(JSON.stringify(answer)) ?? answer;
    },
    told: (errors) => errors,
    close: async () => undefined,
  });
  return new Map(names.map((name) => [name, clientOf(name)]));
}
