import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from "graphql";
import type { Variables } from "./run.ts";

/**
 * The document as it is for these values of its conditions, without `@skip` and `@include`. The planner would require what it leaves out itself: for
 * `shipping duty @skip(if: $v)` one fetch requires what both are made of, and the entity is dropped when the price was never fetched. It also drops a field
 * of which nothing is left to select, so that a selection without a field of its own asks for `__typename`.
 */
export function pruneDocument(document: DocumentNode, variables: Variables): DocumentNode {
  const isLeftOut = (directives: readonly DirectiveNode[] = []) => directives.some((one) => leavesOut(one, variables));
  const pruned = visit(document, {
    Field: (field) => (isLeftOut(field.directives) ? null : undefined),
    FragmentSpread: (spread) => (isLeftOut(spread.directives) ? null : undefined),
    InlineFragment: {
      enter: (fragment) => (isLeftOut(fragment.directives) ? null : undefined),
      leave: (fragment) => (fragment.selectionSet.selections.length === 0 ? null : undefined),
    },
    Directive: ({ name }) => (name.value === "skip" || name.value === "include" ? null : undefined),
  });
  return visit(pruned, {
    Field: ({ selectionSet, ...field }) =>
      selectionSet && !selectionSet.selections.some(({ kind }) => kind === Kind.FIELD)
        ? { ...field, selectionSet: withTypename(selectionSet) }
        : undefined,
    FragmentDefinition: (fragment) => filled(fragment),
    OperationDefinition: (operation) => filled(inOrder(operation, pruned)),
  });
}

/** A mutation's root fields, one after the other as they are executed: the planner puts those of fragments in an order of its own. */
function inOrder(operation: OperationDefinitionNode, document: DocumentNode): OperationDefinitionNode {
  if (operation.operation !== OperationTypeNode.MUTATION) return operation;
  const unread = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  // A fragment that may stand on the root's type applies to it, whatever its condition.
  const spread = (node: SelectionNode): readonly SelectionNode[] => {
    if (node.kind === Kind.FIELD) return [node];
    if (node.kind === Kind.INLINE_FRAGMENT) return node.selectionSet.selections.flatMap(spread);
    const fragment = unread.get(node.name.value);
    unread.delete(node.name.value);
    return fragment?.selectionSet.selections.flatMap(spread) ?? [];
  };
  const { selectionSet } = operation;
  return { ...operation, selectionSet: { ...selectionSet, selections: selectionSet.selections.flatMap(spread) } };
}

function leavesOut({ name, arguments: [condition] = [] }: DirectiveNode, variables: Variables): boolean {
  if (name.value !== "skip" && name.value !== "include") return false;
  const value = condition?.value;
  const isTrue =
    value?.kind === Kind.VARIABLE ? variables[value.name.value] === true : value?.kind === Kind.BOOLEAN && value.value;
  return isTrue === (name.value === "skip");
}

const filled = <Node extends { selectionSet: SelectionSetNode }>(node: Node): Node =>
  node.selectionSet.selections.length === 0 ? { ...node, selectionSet: withTypename(node.selectionSet) } : node;

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };
const withTypename = (set: SelectionSetNode): SelectionSetNode => ({
  ...set,
  selections: [...set.selections, typename],
});
