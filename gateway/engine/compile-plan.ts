import type { ConditionNode, FetchNode, PlanNode } from "@apollo/query-planner";
import type { GraphQLSchema } from "graphql";
import { coded } from "#shared/errors.ts";
import type { SubgraphClient } from "../subgraph-client.ts";
import { compileEntityFetch, compileRootFetch, type EntityFetch, runEntityFetch } from "./fetch-node.ts";
import type { ReadAnswer } from "./generate-reader.ts";
import { runTogether } from "./merged-fetches.ts";
import type { PlanPath, Step } from "./run.ts";

/** What plans are compiled against. */
export type PlanPlaces = {
  /** The supergraph's own schema, with what the API schema hides. */
  readonly schema: GraphQLSchema;
  readonly clients: ReadonlyMap<string, SubgraphClient>;
  /** The fetches of this plan whose answers need not be parsed whole (find-runs.ts). */
  readonly readers?: ReadonlyMap<FetchNode, ReadAnswer>;
};

/** A plan's node as a function. NOT_AVAILABLE for what no part executes yet: @defer, @fromContext, type-conditioned paths. */
export function compilePlan(places: PlanPlaces, node: PlanNode, path: PlanPath = []): Step {
  switch (node.kind) {
    case "Sequence":
      return inTurn(node.nodes.map((inner) => compilePlan(places, inner, path)));
    case "Parallel":
      return compileParallel(places, node.nodes, path);
    case "Flatten":
      return compilePlan(places, node.node, [...path, ...readPath(node.path)]);
    case "Condition":
      return compileCondition(places, node, path);
    case "Fetch":
      return compileFetch(places, node, path);
    case "Defer":
      throw coded("NOT_AVAILABLE", { field: "@defer" });
  }
}

function compileFetch(places: PlanPlaces, node: FetchNode, path: PlanPath): Step {
  refuseContext(node);
  if (!node.requires) return compileRootFetch(places, node, path);
  return runEntityFetch(places, compileEntityFetch(places, node, path));
}

function inTurn(steps: readonly Step[]): Step {
  return async (run) => {
    for (const step of steps) await step(run);
  };
}

function together(steps: readonly Step[]): Step {
  const [only] = steps;
  if (only && steps.length === 1) return only;
  return async (run) => void (await Promise.all(steps.map((step) => step(run))));
}

function compileCondition(places: PlanPlaces, node: ConditionNode, path: PlanPath): Step {
  const { condition, ifClause, elseClause } = node;
  const yes = ifClause && compilePlan(places, ifClause, path);
  const no = elseClause && compilePlan(places, elseClause, path);
  return async (run) => (run.variables[condition] === true ? yes : no)?.(run);
}

/** Branches that begin with entities of one subgraph ask for them together (G-08). */
function compileParallel(places: PlanPlaces, nodes: readonly PlanNode[], path: PlanPath): Step {
  const heads = new Map<string, { fetch: EntityFetch; rest: Step | undefined }[]>();
  const others: Step[] = [];
  for (const node of nodes) {
    const branch = splitHead(places, node, path);
    if (!branch) {
      others.push(compilePlan(places, node, path));
      continue;
    }
    const { serviceName } = branch.fetch.node;
    heads.set(serviceName, [...(heads.get(serviceName) ?? []), branch]);
  }
  const merged = [...heads.values()].map((branches) => {
    const [first] = branches;
    const fetches = branches.map(({ fetch }) => fetch);
    const head = first && branches.length === 1 ? runEntityFetch(places, first.fetch) : runTogether(places, fetches);
    const rests = branches.flatMap(({ rest }) => (rest ? [rest] : []));
    return rests.length ? inTurn([head, together(rests)]) : head;
  });
  return together([...merged, ...others]);
}

/** A branch's first entity fetch and what comes after it; undefined when it begins with something else. */
function splitHead(places: PlanPlaces, node: PlanNode, path: PlanPath) {
  const [first, ...after] = node.kind === "Sequence" ? node.nodes : [node];
  if (first?.kind !== "Flatten" || first.node.kind !== "Fetch" || !first.node.requires) return undefined;
  refuseContext(first.node);
  const fetch = compileEntityFetch(places, first.node, [...path, ...readPath(first.path)]);
  const rest = after.length ? inTurn(after.map((inner) => compilePlan(places, inner, path))) : undefined;
  return { fetch, rest };
}

function readPath(path: readonly (string | number)[]): string[] {
  return path.map((part) => {
    if (typeof part === "string" && !part.includes("|")) return part;
    throw coded("NOT_AVAILABLE", { field: `a path that depends on a type (${part})` });
  });
}

function refuseContext(node: FetchNode): void {
  if (node.contextRewrites?.length) throw coded("NOT_AVAILABLE", { field: "@fromContext" });
}
