import type { GraphQLFormattedError } from "graphql";
import { type Caller, CORRELATION_HEADER, createCaller, DEADLINE_HEADER, INTERNAL_HEADER } from "#shared/caller.ts";
import { coded, SystemUnavailable } from "#shared/errors.ts";
import type { Log } from "#shared/log.ts";
import type { SignFor } from "./internal-tokens.ts";
import type { GatewayContext } from "./request.ts";
import { inOurWords } from "./their-words.ts";
import { traceLine, watchFetches } from "./telemetry/watch-fetches.ts";
import { connectSecurely } from "./transport/connect-securely.ts";
import { connectTransport, type Transport } from "./transport/transport.ts";

/** A subgraph's answer as it came. */
export type SubgraphAnswer = {
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors?: readonly GraphQLFormattedError[];
};

/** The gateway's way to one subgraph: correlation id and deadline on every call, its own token for subgraphs of ours, never the caller's token (G-19). */
export type SubgraphClient = {
  readonly name: string;
  readonly url: string;
  /** Sends a request's body. Throws SYSTEM_UNAVAILABLE when no answer comes in time. `operationName` is for measurements. */
  readonly send: (
    body: string,
    context: Partial<GatewayContext>,
    operationName?: string,
    /** Reads an answer without parsing it, where it can; else it is parsed. */
    scan?: (text: string) => SubgraphAnswer | undefined,
  ) => Promise<SubgraphAnswer>;
  /** Errors of this subgraph as a client may be told them: those of one that isn't ours in our words (G-15). */
  readonly told: (errors: readonly GraphQLFormattedError[], log: Log) => readonly GraphQLFormattedError[];
  readonly close: () => Promise<void>;
};

export type SubgraphClientOptions = {
  readonly name: string;
  readonly url: string;
  readonly sign: SignFor;
  /** Somebody else's: its errors say what nobody of us has written. */
  readonly isTheirs?: boolean;
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
  const { name, url, deadlineMs, isTheirs = false } = options;
  const told: SubgraphClient["told"] = (errors, log) => (isTheirs ? inOurWords(errors, name, log) : errors);
  const address = new URL(url);
  const transport = connect(address);
  const path = address.pathname + address.search;
  const tokenFor = createTokens(options);
  const send = watchFetches(name, async (body, context, _, scan) => {
    const { caller = prober, correlationId = "", log = options.log } = context;
    const { deadlineAt = Date.now() + deadlineMs } = context;
    const known = tokenFor(caller);
    const { token } = known instanceof Promise ? await known : known;
    const leftMs = Math.max(1, Math.min(deadlineMs, deadlineAt - Date.now()));
    const headers = `${token}${CORRELATION_HEADER}: ${correlationId}\r\n${DEADLINE_HEADER}: ${leftMs}\r\n${traceLine()}`;
    let answer: Reply;
    try {
      answer = await transport.post({ path, headers, body, deadlineMs: leftMs });
    } catch (cause) {
      log.warn({ subgraph: name, err: cause }, "the subgraph did not answer");
      throw new SystemUnavailable(name, { cause });
    }
    const scanned = answer.status === 200 && scan?.(answer.text);
    if (scanned) return scanned;
    const parsed = read(answer, name, log);
    return isTheirs && parsed.errors ? { ...parsed, errors: told(parsed.errors, log) } : parsed;
  });
  return {
    name,
    url,
    send,
    told,
    close: transport.close,
  };
}

/** A token handed out again is at most so much older than the signer says. */
const KEPT_MS = 10_000;

/** The header line of a token; empty where the subgraph gets none. */
type Token = { readonly token: string; readonly until: number };

/** Tokens of callers that ask again and again, without a look at what the caller is made of. */
function createTokens({ sign, name }: SubgraphClientOptions): (caller: Caller) => Token | Promise<Token> {
  const kept = new WeakMap<Caller, Token>();
  const renew = async (caller: Caller): Promise<Token> => {
    const signed = await sign(caller, name);
    const token = signed === undefined ? "" : `${INTERNAL_HEADER}: ${signed}\r\n`;
    const fresh = { token, until: Date.now() + KEPT_MS };
    kept.set(caller, fresh);
    return fresh;
  };
  return (caller) => {
    const known = kept.get(caller);
    return known && known.until > Date.now() ? known : renew(caller);
  };
}

const CONNECTIONS = 64;

const connect = (address: URL): Transport =>
  address.protocol === "https:"
    ? connectSecurely(address, { connections: CONNECTIONS })
    : connectTransport(address, { connections: CONNECTIONS });

type Reply = Awaited<ReturnType<Transport["post"]>>;

/** GraphQL answers come with 200, and with 400 for what a subgraph can't parse or validate. */
function read({ status, text }: Reply, subgraph: string, log: Log): SubgraphAnswer {
  if (status >= 500) {
    log.warn({ subgraph, status, text: text.slice(0, 500) }, "the subgraph failed");
    throw new SystemUnavailable(subgraph);
  }
  if (status !== 200 && status !== 400) {
    log.error({ subgraph, status, text: text.slice(0, 500) }, "the subgraph refused the gateway");
    throw coded("INTERNAL_SERVER_ERROR");
  }
  return JSON.parse(text) as SubgraphAnswer;
}
