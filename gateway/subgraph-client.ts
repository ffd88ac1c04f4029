import type { GraphQLDataSource } from "@apollo/gateway";
import { Pool } from "undici";
import { type Caller, CORRELATION_HEADER, createCaller, DEADLINE_HEADER, INTERNAL_HEADER } from "#shared/caller.ts";
import { coded, SystemUnavailable } from "#shared/errors.ts";
import type { Log } from "#shared/log.ts";
import type { SignFor } from "./internal-tokens.ts";
import type { GatewayContext } from "./request.ts";

type DataSource = GraphQLDataSource<Partial<GatewayContext>>;
type Fetch = Parameters<DataSource["process"]>[0];
type Answer = Awaited<ReturnType<DataSource["process"]>>;

/** The gateway's way to one subgraph: correlation id and deadline on every call, its own token for subgraphs of ours, never the caller's token (G-19). */
export type SubgraphClient = DataSource & {
  readonly name: string;
  readonly url: string;
  readonly close: () => Promise<void>;
};

export type SubgraphClientOptions = {
  readonly name: string;
  readonly url: string;
  readonly sign: SignFor;
  readonly deadlineMs: number;
  readonly log: Log;
};

/** Asks whether a subgraph is there; sees no rows. */
const prober: Caller = createCaller({
  kind: "SYSTEM",
  id: "gateway",
  name: null,
  roles: [],
  companies: [],
  sites: null,
  partner: null,
  scope: [],
  client: "gateway",
});

export function createSubgraphClient(options: SubgraphClientOptions): SubgraphClient {
  const { name, url } = options;
  const address = new URL(url);
  const pool = new Pool(address.origin, { connections: 64, pipelining: 1 });
  const path = address.pathname + address.search;
  return {
    name,
    url,
    process: (fetch) => send(pool, path, options, fetch),
    close: () => pool.close(),
  };
}

async function send(pool: Pool, path: string, options: SubgraphClientOptions, fetch: Fetch): Promise<Answer> {
  const { name, sign, deadlineMs } = options;
  const {
    caller = prober,
    correlationId = "",
    deadlineAt = Date.now() + deadlineMs,
    log = options.log,
  } = fetch.context;
  const { query, variables, operationName } = fetch.request;
  const left = Math.max(1, Math.min(deadlineMs, deadlineAt - Date.now()));
  const body = JSON.stringify({ query, variables, operationName });
  const token = await sign(caller, name);
  const headers = {
    "content-type": "application/json",
    accept: "application/json",
    ...(token === undefined ? {} : { [INTERNAL_HEADER]: token }),
    [CORRELATION_HEADER]: correlationId,
    [DEADLINE_HEADER]: String(left),
  };
  const answer = await pool
    .request({ path, method: "POST", headers, body, signal: AbortSignal.timeout(left) })
    .then(async (response) => ({ status: response.statusCode, text: await response.body.text() }))
    .catch((cause: unknown) => {
      log.warn({ subgraph: name, err: cause }, "the subgraph did not answer");
      throw new SystemUnavailable(name, { cause });
    });
  return read(answer, name, log);
}

/** GraphQL answers come with 200, and with 400 for what a subgraph can't parse or validate. */
function read({ status, text }: { status: number; text: string }, subgraph: string, log: Log): Answer {
  if (status >= 500) {
    log.warn({ subgraph, status, text: text.slice(0, 500) }, "the subgraph failed");
    throw new SystemUnavailable(subgraph);
  }
  if (status !== 200 && status !== 400) {
    log.error({ subgraph, status, text: text.slice(0, 500) }, "the subgraph refused the gateway");
    throw coded("INTERNAL_SERVER_ERROR");
  }
  return JSON.parse(text) as Answer;
}
