import type { GraphQLError } from "graphql";
import type { GatewayContext } from "../request.ts";

/** An object of a subgraph's answer. Made by JSON.parse, grown by merging, never changed by the shaper. */
export type Entity = Record<string, unknown>;
export type Variables = Readonly<Record<string, unknown>>;

/** One execution: what it was asked with, what the subgraphs said so far, and what went wrong. */
export type Run = {
  /** Coerced, with defaults. */
  readonly variables: Variables;
  readonly context: GatewayContext;
  readonly data: Entity;
  readonly errors: GraphQLError[];
};

/** One node of a compiled plan. Never rejects for a subgraph's failure: that is an error of the run. */
export type Step = (run: Run) => Promise<void>;

/** Where a node of the plan works: names of the answer, `@` for every element of a list. */
export type PlanPath = readonly string[];
