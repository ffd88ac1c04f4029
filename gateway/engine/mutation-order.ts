import type { FetchNode, PlanNode } from "@apollo/query-planner";
import {
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  stripIgnoredCharacters,
} from "graphql";

/**
 * A mutation's plan with the root fields of each fetch in the client's order, which is the order they are executed in; the planner asks for those first that
 * it had no choice about. `document` is the planned one, whose root holds fields only (prune-document.ts).
 */
export function inClientOrder(node: PlanNode, document: DocumentNode): PlanNode {
  const keys = operationOf(document)?.selectionSet.selections.map(keyOf) ?? [];
  return reorder(node, new Map(keys.map((key, index) => [key, index])));
}

type Places = ReadonlyMap<string | undefined, number>;

function reorder(node: PlanNode, places: Places): PlanNode {
  if (node.kind === "Sequence" || node.kind === "Parallel")
    return { ...node, nodes: node.nodes.map((inner) => reorder(inner, places)) };
  return node.kind === "Fetch" && node.operationKind === "mutation" ? reorderFetch(node, places) : node;
}

function reorderFetch(node: FetchNode, places: Places): FetchNode {
  const document = parse(node.operation, { noLocation: true });
  const operation = operationOf(document);
  if (!operation || operation.selectionSet.selections.length < 2) return node;
  const placeOf = (selection: SelectionNode) => places.get(keyOf(selection)) ?? places.size;
  const selections = operation.selectionSet.selections.toSorted((one, other) => placeOf(one) - placeOf(other));
  const ordered = { ...operation, selectionSet: { ...operation.selectionSet, selections } };
  const definitions = document.definitions.map((one) => (one === operation ? ordered : one));
  return { ...node, operation: stripIgnoredCharacters(print({ ...document, definitions })) };
}

const operationOf = ({ definitions }: DocumentNode): OperationDefinitionNode | undefined =>
  definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);

const keyOf = (node: SelectionNode): string | undefined =>
  node.kind === Kind.FIELD ? (node.alias ?? node.name).value : undefined;
