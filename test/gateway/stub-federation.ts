import { GraphQLError } from "graphql";
import { EventEmitter, on } from "node:events";
import { createInternalKeys, type InternalKeys } from "#shared/caller.ts";
import { freePort } from "#shared/free-port.ts";
import { composeSubgraphs } from "#tools/compose.ts";
import { startStubSubgraph, type StubContext, type StubSubgraph } from "./stub-subgraph.ts";

const common = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@tag", "@requiresScopes"])`;
// What partners see: who asks, a return's id and status, its status set with a scope, and milestones; `third-party` sees the list too.
const returnsSdl = `
  type Query {
    return(id: ID! @tag(name: "partner")): Return @tag(name: "partner")
    whoAmI: String @tag(name: "partner")
    fail(code: String, message: String!): String
    list: [Return!]! @tag(name: "third-party")
    supervisors: String @requiresScopes(scopes: [["role:supervisor"]])
  }
  type Mutation {
    setStatus(id: ID!, status: String!): Return
    promote(id: ID!): Return @requiresScopes(scopes: [["role:supervisor"]])
    report(id: ID! @tag(name: "partner"), status: String! @tag(name: "partner")): Return
      @tag(name: "partner") @requiresScopes(scopes: [["status:report"]])
  }
  type Subscription {
    returnMilestones(returnId: ID @tag(name: "partner"), after: String @tag(name: "partner")): MilestoneFrame! @tag(name: "partner")
    load: Load
  }
  type MilestoneFrame @tag(name: "partner") { cursor: String! milestone: Milestone return: Return }
  type Milestone @tag(name: "partner") { id: ID! type: String! }
  type Load { depth: Int! }
  type Return @key(fields: "id") { id: ID! @tag(name: "partner") status: String! @tag(name: "partner") order: Order parent: Return }
  type Order @key(fields: "id", resolvable: false) { id: ID! }`;
const ordersSdl = `
  type Query { order(id: ID!): Order }
  type Order @key(fields: "id") { id: ID! number: String status: String askedBy: String }`;

export type StubFederation = {
  readonly sdl: string;
  readonly keys: InternalKeys;
  readonly returns: StubSubgraph;
  readonly orders: StubSubgraph;
  /** Appends a milestone to the log that `returnMilestones` reads; gives its cursor. */
  readonly publish: (type: string) => string;
  /** So often the milestones `poison` (a frame without data) and `bug` (the stream throws) fail before they come. */
  readonly poison: (times: number) => void;
  readonly setLoad: (depth: number) => void;
  /** `after` of each upstream subscription so far. */
  readonly starts: (string | null)[];
  /** Upstream subscriptions that are open. */
  readonly open: () => number;
  /** Rejects when the next upstream subscription has not ended or begun in time. */
  readonly changed: () => Promise<void>;
  readonly restartReturns: () => Promise<void>;
  readonly stopReturns: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Two subgraphs with a log of milestones: cursors `c0`, `c1` …, one checkpoint before the first event, resumed by `after`. */
export async function startStubFederation(): Promise<StubFederation> {
  const keys = await createInternalKeys();
  const bus = new EventEmitter().setMaxListeners(0);
  const log: string[] = [];
  const statuses = new Map([["R1", "REQUESTED"]]);
  const starts: (string | null)[] = [];
  let open = 0;
  let load = 0;
  let poison = 0;

  async function* milestones(after: string | null | undefined, news: News) {
    starts.push(after ?? null);
    open += 1;
    bus.emit("changed");
    try {
      if (after === "expired") throw new GraphQLError("gone", { extensions: { code: "CURSOR_EXPIRED" } });
      if (after != null && !/^c\d+$/.test(after))
        throw new GraphQLError("forged", { extensions: { code: "CURSOR_INVALID" } });
      let at = after == null ? 0 : Number(after.slice(1));
      yield { returnMilestones: { cursor: `c${at}`, milestone: null, return: null } };
      for (;;) {
        while (at < log.length) {
          at += 1;
          if (log[at - 1] === "poison" && poison-- > 0) yield { returnMilestones: null };
          if (log[at - 1] === "bug" && poison-- > 0) throw new Error("unexpected");
          const milestone = { id: `m${at}`, type: log[at - 1] };
          yield { returnMilestones: { cursor: `c${at}`, milestone, return: { id: "R1" } } };
        }
        if ((await news.next()).done) return;
      }
    } finally {
      open -= 1;
      bus.emit("changed");
    }
  }
  async function* loads(news: News) {
    open += 1;
    bus.emit("changed");
    try {
      for (;;) {
        yield { load: { depth: load } };
        if ((await news.next()).done) return;
      }
    } finally {
      open -= 1;
      bus.emit("changed");
    }
  }

  /** A return of another company and an id that nobody gave look like none (G-13). */
  const visible = (id: string) => (/^(foreign|forged)/.test(id) ? null : returnOf(id));
  const returnOf = (id: string) => ({ id, status: statuses.get(id) ?? "NONE", order: { id: `order-${id}` } });
  const setStatus = (_: unknown, { id, status }: { id: string; status: string }) => {
    statuses.set(id, status);
    return returnOf(id);
  };
  const resolvers = {
    Query: {
      return: (_: unknown, { id }: { id: string }) => visible(id),
      supervisors: () => "for supervisors",
      list: () => ["R1", "R2", "R3"].map(returnOf),
      whoAmI: (_: unknown, __: unknown, { caller, headers }: StubContext) =>
        JSON.stringify({ caller, authorization: headers.authorization ?? null }),
      fail: (_: unknown, { code, message }: { code?: string; message: string }) => {
        throw new GraphQLError(message, { extensions: { ...(code ? { code } : {}), host: "erp.internal.example" } });
      },
    },
    Mutation: { setStatus, report: setStatus, promote: (_: unknown, { id }: { id: string }) => visible(id) },
    Subscription: {
      returnMilestones: {
        subscribe: (_: unknown, { after }: { after?: string | null }) =>
          closable(on(bus, "news"), (news) => milestones(after, news)),
      },
      load: { subscribe: () => closable(on(bus, "load"), loads) },
    },
    Return: {
      __resolveReference: ({ id }: { id: string }) => returnOf(id),
      status: ({ id }: { id: string }) => statuses.get(id) ?? "NONE",
      order: ({ id }: { id: string }) => ({ id: `order-${id}` }),
      parent: ({ id }: { id: string }) => returnOf(id),
    },
  };
  const orderOf = ({ id }: { id: string }, { caller }: StubContext) => ({
    id,
    number: `SO-${id}`,
    status: statuses.get(id.replace("order-", "")),
    askedBy: caller.id,
  });
  const orderResolvers = {
    Query: { order: (_: unknown, key: { id: string }, context: StubContext) => orderOf(key, context) },
    Order: { __resolveReference: orderOf },
  };

  const { publicKeys } = keys;
  const startReturns = (port: number) =>
    startStubSubgraph({
      name: "returns",
      sdl: `${common}\n${returnsSdl}`,
      resolvers: resolvers as never,
      publicKeys,
      port,
    });
  // It comes back on its port, which nobody is given meanwhile.
  const port = await freePort();
  let returns = await startReturns(port);
  const orders = await startStubSubgraph({
    name: "orders",
    sdl: `${common}\n${ordersSdl}`,
    resolvers: orderResolvers as never,
    publicKeys,
  });
  return {
    sdl: composeSubgraphs(common, [
      { name: "returns", sdl: returnsSdl },
      { name: "orders", sdl: ordersSdl },
    ]),
    keys,
    get returns() {
      return returns;
    },
    orders,
    publish: (type) => {
      log.push(type);
      statuses.set("R1", type);
      bus.emit("news");
      return `c${log.length}`;
    },
    poison: (times) => {
      poison = times;
    },
    setLoad: (depth) => {
      load = depth;
      bus.emit("load");
    },
    starts,
    open: () => open,
    changed: () => new Promise((resolve) => bus.once("changed", resolve)),
    stopReturns: () => returns.stop(),
    restartReturns: async () => {
      returns = await startReturns(port);
    },
    stop: async () => {
      await Promise.all([returns.stop(), orders.stop()]);
    },
  };
}

type News = ReturnType<typeof on>;

/** A generator whose `return()` also ends the wait for news; a plain one would end only after the next. */
function closable<T>(news: News, make: (news: News) => AsyncGenerator<T>): AsyncGenerator<T> {
  const source = make(news);
  const end = async (value?: unknown) => {
    await news.return?.();
    return source.return(value);
  };
  return {
    next: () => source.next(),
    return: end,
    throw: (error) => source.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => void (await end()),
  };
}
