import type { Call } from "#adapters/port.ts";
import type { Systems } from "#adapters/systems.ts";
import type { Feed } from "#orchestration/feed.ts";
import type { Policies } from "#orchestration/policies/policies.ts";
import type { Announce } from "#orchestration/ringing.ts";
import type { Caller } from "#shared/caller.ts";
import type { Config, SubgraphName } from "#shared/config.ts";
import type { Db } from "#shared/database.ts";
import type { Log } from "#shared/log.ts";
import type { Subscribe } from "./subscriptions.ts";

/** What all subgraphs of a process share. */
export type Parts = {
  readonly config: Pick<Config, "installation" | "cursorSecret" | "internals">;
  readonly db: Db;
  readonly systems: Systems;
  readonly log: Log;
  readonly policies: Policies;
  /** Milestones in order; opened for the subgraph that has the subscription. */
  readonly feed: Feed;
  /** Tells the workers of what was just committed: best effort, they look by themselves (W-09). */
  readonly announce: Pick<Announce, "committed" | "resumed">;
};

/** What a resolver gets: who asks, how long there is, and loaders that live as long as the request or the event. */
export type RequestContext = Parts & {
  readonly caller: Caller;
  readonly correlationId: string;
  readonly call: Call;
};
export type SubgraphContext<Loaders> = RequestContext & { loaders: Loaders };

type Resolver = (parent: any, args: any, context: any, info: any) => unknown;
export type ResolverMap = Record<string, Record<string, Resolver | { subscribe: Subscribe; resolve?: Resolver }>>;

/** A subgraph: its schema stands in `subgraphs/<name>/schema.graphql`. */
export type Subgraph<Loaders = any> = {
  readonly name: SubgraphName;
  readonly resolvers: ResolverMap;
  /** Instead of the file, for tests. */
  readonly sdl?: string;
  /** Called for every request and for every event of a subscription. */
  readonly createLoaders: (context: RequestContext) => Loaders;
};
