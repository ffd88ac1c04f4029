import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { visitPaths } from "./data.ts";
import type { Entity, PlanPath, Run } from "./run.ts";

type Path = readonly (string | number)[];

/** Where a fetch's answer belongs, for the paths of its errors. */
export type Target = {
  readonly subgraph: string;
  readonly path: PlanPath;
  /** Keys that the planner made up, and what the answer calls them. */
  readonly renamed: ReadonlyMap<string, string>;
  /** The root field of an entity fetch in the subgraph's answer; undefined for a fetch of root fields. */
  readonly entities: string | undefined;
  /** The root fields asked for; one of them is named by an error that belongs to the whole fetch. */
  readonly rootFields: readonly string[];
};

/** A subgraph's errors, each at every place of the answer that its entity stands at. `indexOf`: which representation an object was sent as. */
export function reportErrors(
  run: Run,
  target: Target,
  errors: readonly GraphQLFormattedError[],
  indexOf?: (entity: Entity) => number | undefined,
): void {
  for (const error of errors) {
    for (const path of pathsOf(run, target, error.path, indexOf)) run.errors.push(fromSubgraph(error, path, target));
  }
}

/** A fetch that brought nothing: one error, where everything stands that it should have brought. */
export function reportFailure(run: Run, target: Target, cause: unknown): void {
  const originalError = cause instanceof Error ? cause : new Error(String(cause));
  const path = wholePath(run, target);
  run.errors.push(new GraphQLError(originalError.message, { originalError, ...(path.length ? { path } : {}) }));
}

function pathsOf(
  run: Run,
  target: Target,
  given: Path | undefined,
  indexOf: ((entity: Entity) => number | undefined) | undefined,
): readonly Path[] {
  const inAnswer = given?.map((part) => target.renamed.get(String(part)) ?? part);
  if (!inAnswer?.length) return [wholePath(run, target)];
  const index = inAnswer[1];
  const paths: Path[] = [];
  if (target.entities === undefined) {
    visitPaths(run.data, target.path, (_, real) => paths.push([...real, ...inAnswer]));
  } else if (inAnswer[0] === target.entities && typeof index === "number" && indexOf) {
    visitPaths(run.data, target.path, (entity, real) => {
      if (indexOf(entity) === index) paths.push([...real, ...inAnswer.slice(2)]);
    });
  }
  return paths.length ? paths : [wholePath(run, target)];
}

/** The path of the one object a fetch was for, or the longest that all of them share. */
function wholePath(run: Run, target: Target): Path {
  let shared: Path | undefined;
  visitPaths(run.data, target.path, (_, real) => {
    const differs = shared?.findIndex((part, index) => part !== real[index]) ?? -1;
    shared = shared === undefined ? real : differs < 0 ? shared : shared.slice(0, differs);
  });
  const [only, ...others] = target.rootFields;
  return only !== undefined && others.length === 0 ? [...(shared ?? []), only] : (shared ?? []);
}

function fromSubgraph(error: GraphQLFormattedError, path: Path, { subgraph }: Target): GraphQLError {
  return new GraphQLError(error.message || `The subgraph ${subgraph} failed without saying how.`, {
    ...(path.length ? { path } : {}),
    extensions: { ...error.extensions, serviceName: subgraph },
  });
}
