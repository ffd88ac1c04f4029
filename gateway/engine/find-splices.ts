import type { FetchNode, PlanNode, QueryPlanSelectionNode } from "@apollo/query-planner";
import { type FieldNode, Kind, type OperationDefinitionNode, parse, type SelectionNode } from "graphql";
import type { PlanPath } from "./run.ts";
import { compileScan, type ScanEntities } from "./scan-entities.ts";
import type { FieldShape, ObjectShape, Shape } from "./shape.ts";

type Placed = { readonly node: FetchNode; readonly path: PlanPath; readonly selections: readonly SelectionNode[] };
type ValueField = FieldShape & { kind: "value" };

/**
 * The fetches of a plan whose answers can be cut into pieces instead of being parsed: entities of one type, whose fields are to the letter what the client
 * asked for, that no other fetch needs, adds to or stands under. `shape` is the whole answer's.
 */
export function findSplices(plan: PlanNode, shape: ObjectShape): ReadonlyMap<FetchNode, ScanEntities> {
  const fetches = placeFetches(plan, []);
  const found = new Map<FetchNode, ScanEntities>();
  for (const fetch of fetches) {
    const fields = ownFields(fetch, shape);
    if (!fields) continue;
    const keys = new Set(fields.map(({ key }) => key));
    const others = fetches.filter((other) => other !== fetch);
    if (others.every((other) => !touches(other, fetch.path, keys))) found.set(fetch.node, compileScan(fields));
  }
  return found;
}

function placeFetches(node: PlanNode | undefined, path: PlanPath): Placed[] {
  switch (node?.kind) {
    case "Fetch":
      return [{ node, path, selections: selectionsOf(node) }];
    case "Flatten":
      return placeFetches(node.node, [...path, ...node.path.map(String)]);
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

/** The client's fields that a fetch brings, where they are all it brings and just as it brings them. */
function ownFields({ node, path, selections }: Placed, root: ObjectShape): readonly ValueField[] | undefined {
  const [fragment, ...others] = selections;
  if (!node.requires || node.inputRewrites?.length || node.outputRewrites?.length || others.length) return undefined;
  const object = objectAt(root, path);
  if (fragment?.kind !== Kind.INLINE_FRAGMENT || fragment.directives?.length || !object?.concrete) return undefined;
  if (fragment.typeCondition?.name.value !== object.concrete) return undefined;
  const wanted = object.fieldsOf(object.concrete) ?? [];
  const fields = fragment.selectionSet.selections.map((selection) => wanted.find((field) => isJust(field, selection)));
  return fields.every((field) => field?.kind === "value") ? (fields as ValueField[]) : undefined;
}

const keyOf = ({ alias, name }: FieldNode) => alias?.value ?? name.value;

/** Whether a selection is a field of the client's under the same name, with the same fields in it in the same order. */
function isJust(field: FieldShape, selection: SelectionNode): boolean {
  if (selection.kind !== Kind.FIELD || selection.directives?.length || field.kind !== "value") return false;
  if (field.key !== field.from || keyOf(selection) !== field.key || field.key in Object.prototype) return false;
  return isJustShape(field.shape, selection.selectionSet?.selections ?? []);
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
  let shape: Shape = { nonNull: true, kind: "object", object: root };
  for (const part of path) {
    if (part === "@") {
      if (shape.kind !== "list") return undefined;
      shape = shape.of;
      continue;
    }
    if (shape.kind !== "object" || shape.object.concrete === undefined) return undefined;
    const field: FieldShape | undefined = shape.object
      .fieldsOf(shape.object.concrete)
      ?.find(({ from }) => from === part);
    if (field?.kind !== "value") return undefined;
    shape = field.shape;
  }
  return shape.kind === "object" ? shape.object : undefined;
}

/** Whether a fetch needs these keys of the objects at a path, brings them too, or stands below them. */
function touches(other: Placed, path: PlanPath, keys: ReadonlySet<string>): boolean {
  if (namesIn(other.node.requires ?? []).some((name) => keys.has(name))) return true;
  if (startsWith(other.path, path)) {
    const below = other.path[path.length];
    if (below !== undefined) return keys.has(below) || below === "@";
  }
  if (!startsWith(path, other.path)) return false;
  return brings(
    other.selections,
    path.slice(other.path.length).filter((part) => part !== "@"),
    keys,
  );
}

const startsWith = (path: PlanPath, start: PlanPath): boolean => start.every((part, index) => path[index] === part);

const namesIn = (selections: readonly QueryPlanSelectionNode[]): string[] =>
  selections.flatMap((node) => [
    ...(node.kind === "Field" ? [node.alias ?? node.name] : []),
    ...namesIn(node.selections ?? []),
  ]);

function brings(selections: readonly SelectionNode[], way: readonly string[], keys: ReadonlySet<string>): boolean {
  return selections.some((node) => {
    if (node.kind === Kind.FRAGMENT_SPREAD) return true;
    if (node.kind === Kind.INLINE_FRAGMENT) return brings(node.selectionSet.selections, way, keys);
    const [next, ...further] = way;
    if (next === undefined) return keys.has(keyOf(node));
    return keyOf(node) === next && brings(node.selectionSet?.selections ?? [], further, keys);
  });
}
