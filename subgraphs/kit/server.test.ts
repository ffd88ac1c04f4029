import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import DataLoader from "dataloader";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import {
  createCaller,
  createInternalKeys,
  createInternalSigner,
  CORRELATION_HEADER,
  DEADLINE_HEADER,
  INTERNAL_HEADER,
  type SignInternal,
  socketOperationId,
} from "#shared/caller.ts";
import { coded, TransientFailure } from "#shared/errors.ts";
import { createSilentLog } from "#shared/log.ts";
import type { Parts, RequestContext, Subgraph, SubgraphContext } from "./context.ts";
import { notAvailable } from "./errors.ts";
import { startSubgraph, type SubgraphServer } from "./server.ts";

const sdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { thing(id: ID!): Thing things(ids: [ID!]!): [Thing] broken: String down: String coded: String unbuilt: [Thing!] deadline: Float }
  type Mutation { write: String }
  type Subscription { ticks(upTo: Int!): Tick }
  type Tick { n: Int! thing: Thing heard: [String] }
  type Thing @key(fields: "id") { id: ID! name: String }
`;
const batches: string[][] = [];
let ended = 0;
const createLoaders = (_: RequestContext) => ({
  thingById: new DataLoader<string, { id: string; name: string } | null>(async (ids) => {
    batches.push([...ids]);
    return ids.map((id) =>
      id === "missing" ? null : id === "bad" ? new Error("secret host 10.0.0.7") : { id, name: `thing ${id}` },
    );
  }),
});
type Context = SubgraphContext<ReturnType<typeof createLoaders>>;
const load = (_: unknown, { id }: { id: string }, { loaders }: Context) => loaders.thingById.load(id);
const subgraph: Subgraph = {
  name: "orders",
  sdl,
  createLoaders,
  resolvers: {
    Query: {
      thing: load,
      things: (_, { ids }, { loaders }: Context) => loaders.thingById.loadMany(ids),
      broken: () => {
        throw new Error("password is hunter2");
      },
      down: () =>
        Promise.reject(
          new TransientFailure({ system: "erp-us01", code: "NO_ANSWER", vendorText: "socket of 10.0.0.7" }),
        ),
      coded: () => Promise.reject(coded("AMBIGUOUS_NUMBER", { number: "SO-1" })),
      unbuilt: notAvailable("unbuilt"),
      deadline: (_, __, { call }: Context) => call.deadlineMs ?? null,
    },
    Mutation: { write: () => "done" },
    Subscription: {
      ticks: {
        subscribe: async function* (_: unknown, { upTo }: { upTo: number }, __: Context, over: AbortSignal) {
          try {
            for (let n = 1; n <= upTo; n += 1) yield { ticks: { n, thing: { id: String(n) } } };
            if (upTo === 0) throw coded("CURSOR_INVALID");
            if (upTo < 0) throw new Error("secret");
            if (upTo > 100) await once(over, "abort");
          } finally {
            ended += 1;
          }
        },
      },
    },
    Tick: {
      heard: (_: unknown, __: unknown, { correlationId, call }: Context) => [correlationId, call.correlationId],
      thing: ({ n }: { n: number }, _: unknown, { loaders }: Context) => loaders.thingById.load(n > 10 ? "same" : "1"),
    },
    Thing: { __resolveReference: ({ id }: { id: string }, { loaders }: Context) => loaders.thingById.load(id) },
  },
};

let server: SubgraphServer;
let sign: SignInternal;
const ada = createCaller({
  kind: "PERSON",
  id: "ada",
  name: "Ada",
  roles: ["service"],
  companies: ["US01"],
  sites: null,
  partner: null,
  scope: [],
  client: "person:x:ada",
});

before(async () => {
  const keys = await createInternalKeys();
  sign = await createInternalSigner(keys.privateKey);
  const parts = { config: {}, db: {}, systems: {}, log: createSilentLog() } as unknown as Parts;
  server = await startSubgraph(subgraph, parts, { host: "127.0.0.1", port: 0, publicKeys: keys.publicKeys });
});
after(() => server.stop());

type Answer = {
  status: number;
  data: any;
  errors: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
};
async function ask(query: string, variables: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
  const token = await sign(ada, "orders");
  const response = await fetch(server.url, {
    method: "POST",
    headers: { "content-type": "application/json", [INTERNAL_HEADER]: token, ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors = [] } = (await response.json()) as Partial<Answer>;
  return { status: response.status, data, errors };
}
/** The second time mercurius runs the compiled document. */
async function askTwice(query: string, variables: object = {}): Promise<Answer[]> {
  return [await ask(query, variables), await ask(query, variables), await ask(query, variables)];
}
const entities = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Thing { id name } } }";

test("representations are one batch, and each that fails is null with its own error in its own place", async () => {
  batches.length = 0;
  const r = [..."123"].map((id) => ({ __typename: "Thing", id }));
  const [first] = await askTwice(entities, { r: [...r, { __typename: "Thing", id: "bad" }] });
  assert.deepEqual(
    first?.data._entities.map((e: { id: string } | null) => e?.id),
    ["1", "2", "3", undefined],
  );
  assert.deepEqual(batches[0], ["1", "2", "3", "bad"]);
  for (const answer of await askTwice(entities, {
    r: [{ __typename: "Thing", id: "bad" }, ...r, { __typename: "Thing", id: "bad" }],
  })) {
    assert.equal(answer.data._entities.length, 5, "the trailing null is there");
    assert.deepEqual(
      answer.errors.map(({ path }) => path),
      [
        ["_entities", 0],
        ["_entities", 4],
      ],
      "indices are numbers",
    );
  }
});

test("an unknown type among the representations ends neither the process nor the others", async () => {
  for (const answer of await askTwice(entities, {
    r: [
      { __typename: "Thing", id: "bad" },
      { __typename: "Nothing", id: "1" },
      { __typename: "Thing", id: "2" },
    ],
  })) {
    assert.deepEqual(
      answer.data._entities.map((e: { id: string } | null) => e?.id),
      [undefined, undefined, "2"],
    );
    assert.equal(answer.errors.length, 2);
  }
});

test("a list of records keeps its length when one of them fails", async () => {
  for (const { data } of await askTwice('{ things(ids: ["1", "missing", "bad"]) { id } }'))
    assert.deepEqual(data.things, [{ id: "1" }, null, null]);
});

test("loaders are fresh for every request", async () => {
  batches.length = 0;
  await askTwice('{ thing(id: "7") { id } }');
  assert.equal(batches.length, 3);
});

test("what went wrong is masked, coded errors and systems' failures keep their code (G-15)", async () => {
  for (const { data, errors } of await askTwice("{ broken down coded unbuilt { id } }")) {
    const code = (field: string) => errors.find(({ path }) => path?.[0] === field)?.extensions["code"];
    assert.deepEqual(["broken", "down", "coded", "unbuilt"].map(code), [
      "INTERNAL_SERVER_ERROR",
      "SYSTEM_UNAVAILABLE",
      "AMBIGUOUS_NUMBER",
      "NOT_AVAILABLE",
    ]);
    assert.deepEqual(data, { broken: null, down: null, coded: null, unbuilt: null });
    assert.doesNotMatch(JSON.stringify(errors), /hunter2|10\.0\.0\.7/);
    assert.ok(errors.every(({ extensions }) => extensions["correlationId"]));
  }
});

test("errors of parsing, validation and variables are 400, of execution 200", async () => {
  const status = async (query: string, variables = {}) => {
    const answer = await ask(query, variables);
    return [answer.status, answer.errors[0]?.extensions["code"]];
  };
  assert.deepEqual(await status("{"), [400, "GRAPHQL_PARSE_FAILED"]);
  assert.deepEqual(await status("{ nothing }"), [400, "GRAPHQL_VALIDATION_FAILED"]);
  assert.deepEqual(await status("query ($id: ID!) { thing(id: $id) { id } }"), [400, "BAD_USER_INPUT"]);
  assert.deepEqual(await status("{ broken }"), [200, "INTERNAL_SERVER_ERROR"]);
});

test("only the gateway gets in: no token, a forged one, one for another subgraph are 401 (G-19)", async () => {
  const tokens = ["", "x.y.z", await sign(ada, "returns")];
  for (const token of tokens) {
    const { status, errors } = await ask("{ thing(id: 1) { id } }", {}, { [INTERNAL_HEADER]: token });
    assert.deepEqual([status, errors[0]?.extensions["code"]], [401, "INTERNAL_TOKEN_INVALID"]);
  }
  const upgrade = await fetch(server.url, {
    method: "POST",
    headers: { "content-type": "application/json", "x-upgrade": "websocket" },
    body: '{"query":"{ __typename }"}',
  });
  assert.equal(upgrade.status, 401);
});

test("the gateway's deadline reaches the call, less what we need ourselves", async () => {
  assert.equal((await ask("{ deadline }", {}, { [DEADLINE_HEADER]: "5000" })).data.deadline, 4800);
  assert.equal((await ask("{ deadline }")).data.deadline, null);
});

test("a mutation by GET is refused", async () => {
  const url = new URL(server.url);
  url.searchParams.set("query", "mutation { write }");
  const response = await fetch(url, { headers: { [INTERNAL_HEADER]: await sign(ada, "orders") } });
  assert.equal(response.status, 405);
});

const connect = (token: string, correlationIds: string[] = []) =>
  createClient({
    ...(correlationIds.length > 0 && {
      generateID: () => socketOperationId(correlationIds.length, correlationIds.shift()!),
    }),
    url: server.url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { [INTERNAL_HEADER]: token, [CORRELATION_HEADER]: "of the socket" },
  });
async function collect(client: ReturnType<typeof connect>, query: string, most = Infinity): Promise<any[]> {
  const frames = [];
  for await (const frame of client.iterate({ query })) {
    frames.push(frame);
    if (frames.length >= most) break;
  }
  return frames;
}

test("a subscription over graphql-transport-ws gets fresh loaders for each event", async () => {
  batches.length = 0;
  const client = connect(await sign(ada, "orders"));
  const frames = await collect(client, "subscription { ticks(upTo: 3) { n thing { id name } } }");
  assert.deepEqual(
    frames.map(({ data }) => data.ticks.n),
    [1, 2, 3],
  );
  assert.equal(batches.length, 3);
  await client.dispose();
});

test("operations on one socket have correlation ids of their own, where the gateway says them", async () => {
  const client = connect(await sign(ada, "orders"), ["one", "two"]);
  for (const own of ["one", "two"]) {
    const [{ data }] = await collect(client, "subscription { ticks(upTo: 1) { heard } }");
    assert.deepEqual(data.ticks.heard, [own, own]);
  }
  await client.dispose();
  const other = connect(await sign(ada, "orders"));
  const [{ data }] = await collect(other, "subscription { ticks(upTo: 1) { heard } }");
  assert.deepEqual(data.ticks.heard, ["of the socket", "of the socket"]);
  await other.dispose();
});

test("a query over a socket gets fresh loaders too", async () => {
  batches.length = 0;
  const client = connect(await sign(ada, "orders"));
  for (let i = 0; i < 3; i += 1)
    assert.deepEqual((await collect(client, '{ thing(id: "5") { id } }'))[0].data.thing, { id: "5" });
  assert.equal(batches.length, 3);
  await client.dispose();
});

test("an error of the stream is one last frame with its code, masked where it must be", async () => {
  const client = connect(await sign(ada, "orders"));
  const [refused, ...none] = await collect(client, "subscription { ticks(upTo: 0) { n } }");
  assert.deepEqual([refused.errors[0].extensions.code, none.length], ["CURSOR_INVALID", 0]);
  const [broken] = await collect(client, "subscription { ticks(upTo: -1) { n } }");
  assert.equal(broken.errors[0].extensions.code, "INTERNAL_SERVER_ERROR");
  assert.doesNotMatch(JSON.stringify(broken), /secret/);
  await client.dispose();
});

test("unsubscribing and a cut socket both run the stream's finally", async () => {
  const before = ended;
  const client = connect(await sign(ada, "orders"));
  await collect(client, "subscription { ticks(upTo: 200) { n } }", 2);
  await client.dispose();
  await until(() => ended === before + 1);
  const other = connect(await sign(ada, "orders"));
  const frames = other.iterate({ query: "subscription { ticks(upTo: 300) { n } }" });
  await frames.next();
  other.terminate();
  await until(() => ended === before + 2);
});

test("a socket without the gateway's token is refused", async () => {
  const client = connect("x.y.z");
  await assert.rejects(collect(client, "subscription { ticks(upTo: 3) { n } }"));
});

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
}
