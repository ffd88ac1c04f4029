import type { FetchDataRewrite, FetchNode } from "@apollo/query-planner";
import type { GraphQLSchema } from "graphql";
import { isOfType } from "./possible-types.ts";
import type { Entity } from "./run.ts";

const ON = "... on ";

/** The planner's renamings and settings as a function over an answer or a representation; undefined where there are none. */
export function compileRewrites(
  schema: GraphQLSchema,
  rewrites: readonly FetchDataRewrite[] | undefined,
): ((value: unknown) => void) | undefined {
  if (!rewrites?.length) return undefined;
  const compiled = rewrites.map((rewrite) => compileRewrite(schema, rewrite));
  return (value) => {
    for (const apply of compiled) apply(value);
  };
}

function compileRewrite(schema: GraphQLSchema, rewrite: FetchDataRewrite): (value: unknown) => void {
  const field = String(rewrite.path.at(-1));
  const way = rewrite.path.slice(0, -1);
  const change = (object: Entity) => {
    if (rewrite.kind === "ValueSetter") return void (object[field] = rewrite.setValueTo as unknown);
    if (!Object.hasOwn(object, field) || object[field] === undefined) return;
    object[rewrite.renameKeyTo] = object[field];
    object[field] = undefined;
  };
  const walk = (value: unknown, at: number): void => {
    if (Array.isArray(value)) return value.forEach((element) => walk(element, at));
    if (typeof value !== "object" || value === null) return;
    const object = value as Entity;
    const step = way[at];
    if (step === undefined) return change(object);
    if (!step.startsWith(ON)) return Object.hasOwn(object, step) ? walk(object[step], at + 1) : undefined;
    // An object that doesn't say its type was asked for as the one that the condition names.
    const typename = object["__typename"];
    if (typeof typename !== "string" || isOfType(schema, typename, step.slice(ON.length))) walk(object, at + 1);
  };
  return (value) => walk(value, 0);
}

/** What the answer's keys are renamed to afterwards; for the paths of errors. */
export function renamedKeys({ outputRewrites = [] }: FetchNode): ReadonlyMap<string, string> {
  return new Map(
    outputRewrites.flatMap((rewrite) =>
      rewrite.kind === "KeyRenamer" ? [[String(rewrite.path.at(-1)), rewrite.renameKeyTo] as const] : [],
    ),
  );
}
