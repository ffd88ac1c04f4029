import type { FetchNode, PlanNode, QueryPlanSelectionNode } from "@apollo/query-planner";
import { type FieldNode, Kind, type OperationDefinitionNode, parse, type SelectionNode } from "graphql";
import { generateReader, type Part, type ReadAnswer, type Run, type RunField } from "./generate-reader.ts";
import type { PlanPath } from "./run.ts";
import type { FieldShape, ObjectShape, Shape } from "./shape.ts";

/** Paths are without `@`: an object stands where its list does. */
type Placed = { readonly node: FetchNode; readonly path: PlanPath; readonly selections: readonly SelectionNode[] };
type Places = { readonly fetch: Placed; readonly others: readonly Placed[]; readonly required: ReadonlySet<string> };

export type Runs = {
  /** How the answers of these fetches are read. */
  readonly readers: ReadonlyMap<FetchNode, ReadAnswer>;
  /** The runs that may stand in an object of the answer. */
  readonly of: ReadonlyMap<ObjectShape, readonly Run[]>;
};

export const noRuns: Runs = { readers: new Map(), of: new Map() };

/**
 * What of a plan's answers can go into ours in pieces instead of being parsed: fields that are to the letter what the client asked for, that no other fetch
 * adds to or stands under. `shape` is the whole answer's.
 */
export function findRuns(plan: PlanNode, shape: ObjectShape): Runs {
  const fetches = placeFetches(plan, []);
  const required = new Set(fetches.flatMap(({ node }) => namesIn(node.requires ?? [])));
  const readers = new Map<FetchNode, ReadAnswer>();
  const of = new Map<ObjectShape, Run[]>();
  for (const fetch of fetches) {
    const found = new Map<ObjectShape, Run[]>();
    const places = { fetch, others: fetches.filter((other) => other !== fetch), required };
    const parts = readFetch(places, shape, found);
    if (!parts || found.size === 0) continue;
    readers.set(fetch.node, generateReader(parts));
    for (const [object, runs] of found) of.set(object, [...(of.get(object) ?? []), ...runs]);
  }
  return { readers, of };
}

function placeFetches(node: PlanNode | undefined, path: PlanPath): Placed[] {
  switch (node?.kind) {
    case "Fetch":
      return [{ node, path, selections: selectionsOf(node) }];
    case "Flatten":
      return placeFetches(node.node, [...path, ...node.path.map(String).filter((part) => part !== "@")]);
    case "Sequence":
    case "Parallel":
      return node.nodes.flatMap((inner) => placeFetches(inner, path));
    case "Condition":
      return [...placeFetches(node.ifClause, path), ...placeFetches(node.elseClause, path)];
    default:
      return [];
  }
}

/** What a fetch selects where it stands: root fields, or the fields of its entities. */
function selectionsOf(node: FetchNode): readonly SelectionNode[] {
  const { definitions } = parse(node.operation, { noLocation: true });
  const [operation] = definitions.filter(
    (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
  );
  // Named fragments are not looked into: they stand for anything.
  const selections = operation?.selectionSet.selections ?? [];
  const [entities] = selections;
  return node.requires && entities?.kind === Kind.FIELD ? (entities.selectionSet?.selections ?? []) : selections;
}

type Found = Map<ObjectShape, Run[]>;

/** The parts of a fetch's data; undefined where it has to be parsed. */
function readFetch(places: Places, root: ObjectShape, found: Found): readonly Part[] | undefined {
  const { node, path, selections } = places.fetch;
  if (node.inputRewrites?.length || node.outputRewrites?.length) return undefined;
  const object = objectAt(root, path);
  if (!object) return undefined;
  if (!node.requires) return path.length ? undefined : readObject(places, object, selections, path, found);
  const [fragment, ...others] = selections;
  if (fragment?.kind !== Kind.INLINE_FRAGMENT || fragment.directives?.length || others.length) return undefined;
  if (fragment.typeCondition?.name.value !== object.concrete) return undefined;
  const parts = readObject(places, object, fragment.selectionSet.selections, path, found);
  return parts && [{ is: "object", key: "_entities", levels: 1, parts }];
}

/** The parts of an object, the runs in it as long as they can be; those are `found`. */
function readObject(
  places: Places,
  object: ObjectShape,
  selections: readonly SelectionNode[],
  path: PlanPath,
  found: Found,
): readonly Part[] | undefined {
  const { concrete: typename } = object;
  const wanted = typename === undefined ? undefined : object.fieldsOf(typename);
  if (!wanted || typename === undefined || !areNamedApart(selections)) return undefined;
  const parts: Part[] = [];
  const runs: { fields: RunField[]; run: Run }[] = [];
  let next = -1;
  for (const node of selections) {
    const key = keyOf(node);
    const index = wanted.findIndex(({ from }) => from === key);
    const field = wanted[index];
    const last = next === index ? runs.at(-1) : undefined;
    if (field && isInOnePiece(places, field, node, path) && (last || field.kind === "value")) {
      if (last) last.fields.push(field);
      else runs.push(startRun(parts, typename, field, places.required));
      next = index + 1;
      continue;
    }
    next = -1;
    const part = readPart(places, field, node, path, found, typename);
    if (!part) return undefined;
    parts.push(part);
  }
  if (runs.length) found.set(object, [...(found.get(object) ?? []), ...runs.map(({ run }) => run)]);
  return parts;
}

function startRun(parts: Part[], typename: string, field: RunField, needed: ReadonlySet<string>) {
  const fields = [field];
  const run: Run = { is: "run", typename, fields, needed };
  parts.push(run);
  return { fields, run };
}

/** What is no run: a type's name, a value for other fetches, or an object that has something of both. */
function readPart(
  places: Places,
  field: FieldShape | undefined,
  node: FieldNode,
  path: PlanPath,
  found: Found,
  typename: string,
): Part | undefined {
  const key = keyOf(node);
  if (node.name.value === "__typename") return key === "__typename" ? { is: "typename", typename } : undefined;
  if (!node.selectionSet) return mayBeScalar(field) ? { is: "value", key } : undefined;
  if (field?.kind !== "value") return undefined;
  const { levels, object } = unwrap(field.shape);
  const parts = object && readObject(places, object, node.selectionSet.selections, [...path, key], found);
  return parts && { is: "object", key, levels, parts };
}

const mayBeScalar = (field: FieldShape | undefined) =>
  field?.kind !== "value" || (field.shape.kind === "leaf" && field.shape.leaf.is !== "any");

function unwrap(shape: Shape): { levels: number; object: ObjectShape | undefined } {
  if (shape.kind === "object") return { levels: 0, object: shape.object };
  if (shape.kind === "leaf") return { levels: 0, object: undefined };
  const { levels, object } = unwrap(shape.of);
  return { levels: levels + 1, object };
}

const keyOf = ({ alias, name }: FieldNode) => alias?.value ?? name.value;

/** Plain fields only, each under a name of its own that no object has anyway. */
function areNamedApart(selections: readonly SelectionNode[]): selections is readonly FieldNode[] {
  const keys = new Set<string>();
  for (const node of selections) {
    if (node.kind !== Kind.FIELD || node.directives?.length) return false;
    const key = keyOf(node);
    if (key in Object.prototype || keys.has(key)) return false;
    keys.add(key);
  }
  return true;
}

function isInOnePiece(places: Places, field: FieldShape, node: FieldNode, path: PlanPath): field is RunField {
  if (!isJust(field, node)) return false;
  if (field.kind === "typename") return true;
  const { key } = field;
  if (places.required.has(key) && node.selectionSet) return false;
  return places.others.every((other) => !touches(other, path, key));
}

/** Whether a selection is a field of the client's under the same name, with the same fields in it in the same order. */
function isJust(field: FieldShape, selection: SelectionNode): boolean {
  if (selection.kind !== Kind.FIELD || selection.directives?.length) return false;
  if (field.key !== field.from || keyOf(selection) !== field.key || field.key in Object.prototype) return false;
  if (field.kind === "typename") return field.key === "__typename" && selection.name.value === "__typename";
  return field.kind === "value" && isJustShape(field.shape, selection.selectionSet?.selections ?? []);
}

function isJustShape(shape: Shape, selections: readonly SelectionNode[]): boolean {
  if (shape.kind === "list") return isJustShape(shape.of, selections);
  if (shape.kind === "leaf") return selections.length === 0 && shape.leaf.is !== "any" && shape.leaf.is !== "Float";
  const fields = shape.object.concrete === undefined ? undefined : shape.object.fieldsOf(shape.object.concrete);
  if (!fields || fields.length !== selections.length || fields.length === 0) return false;
  return fields.every((field, index) => isJust(field, selections[index] as SelectionNode));
}

/** The client's object at a plan's path. */
function objectAt(root: ObjectShape, path: PlanPath): ObjectShape | undefined {
  let object: ObjectShape | undefined = root;
  for (const part of path) {
    const fields: readonly FieldShape[] = object?.fieldsOf(object.concrete ?? "") ?? [];
    const field = fields.find(({ from }) => from === part);
    object = field?.kind === "value" ? unwrap(field.shape).object : undefined;
  }
  return object;
}

/** Whether a fetch brings a field of the objects at a path too, or stands below it. */
function touches(other: Placed, path: PlanPath, key: string): boolean {
  if (startsWith(other.path, [...path, key])) return true;
  return startsWith(path, other.path) && brings(other.selections, path.slice(other.path.length), key);
}

const startsWith = (path: PlanPath, start: PlanPath): boolean => start.every((part, index) => path[index] === part);

const namesIn = (selections: readonly QueryPlanSelectionNode[]): string[] =>
  selections.flatMap((node) => [
    ...(node.kind === "Field" ? [node.alias ?? node.name] : []),
    ...namesIn(node.selections ?? []),
  ]);

function brings(selections: readonly SelectionNode[], way: readonly string[], key: string): boolean {
  return selections.some((node) => {
    if (node.kind === Kind.FRAGMENT_SPREAD) return true;
    if (node.kind === Kind.INLINE_FRAGMENT) return brings(node.selectionSet.selections, way, key);
    const [next, ...further] = way;
    if (next === undefined) return keyOf(node) === key;
    return keyOf(node) === next && brings(node.selectionSet?.selections ?? [], further, key);
  });
}
