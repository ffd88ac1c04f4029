import type { Entity, PlanPath } from "./run.ts";

export const isObject = (value: unknown): value is Entity =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The objects at a path, in the order of the answer; what is null or missing on the way is left out. */
export function collect(data: unknown, path: PlanPath): Entity[] {
  const found: Entity[] = [];
  collectInto(found, data, path, 0);
  return found;
}

function collectInto(found: Entity[], value: unknown, path: PlanPath, at: number): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    // A list at the end of a path without its "@": the planner means its elements.
    const next = path[at] === "@" ? at + 1 : at;
    for (const element of value) collectInto(found, element, path, next);
    return;
  }
  const name = path[at];
  if (name === undefined) found.push(value as Entity);
  else if (name !== "@") collectInto(found, (value as Entity)[name], path, at + 1);
}

/** Calls `visit` for every object at a plan's path, with the real path (indices in the place of `@`). */
export function visitPaths(
  data: unknown,
  path: PlanPath,
  visit: (entity: Entity, path: readonly (string | number)[]) => void,
): void {
  const walk = (value: unknown, at: number, real: readonly (string | number)[]): void => {
    if (Array.isArray(value)) {
      const next = path[at] === "@" ? at + 1 : at;
      return value.forEach((element, index) => walk(element, next, [...real, index]));
    }
    if (!isObject(value)) return;
    const name = path[at];
    if (name === undefined) return visit(value, real);
    if (name !== "@") walk(value[name], at + 1, [...real, name]);
  };
  walk(data, 0, []);
}

/**
 * Puts what one subgraph answered into what others did: objects grow, lists of one length element by element, all else
 * is replaced. A source may be merged into several targets, which then share its inner objects: merging it again
 * changes nothing.
 */
export function merge(target: Entity, source: Entity): void {
  for (const key in source) {
    const given = source[key];
    // No alias reaches the data as `__proto__` (safe-names.ts); inside a scalar it must not reach the prototype.
    if (given === undefined || key === "__proto__") continue;
    const own = target[key];
    if (own === undefined) target[key] = given;
    else if (own !== given) target[key] = mergedValue(own, given);
  }
}

const isNested = (value: unknown): value is object => typeof value === "object" && value !== null;

const mergedValue = (own: unknown, given: unknown): unknown =>
  isNested(own) && isNested(given) ? merged(own, given) : given;

function merged(own: object, given: object): unknown {
  if (!Array.isArray(own) && !Array.isArray(given)) {
    merge(own as Entity, given as Entity);
    return own;
  }
  if (!Array.isArray(own) || !Array.isArray(given) || own.length !== given.length) return given;
  for (const [index, element] of given.entries()) own[index] = mergedValue(own[index], element);
  return own;
}
