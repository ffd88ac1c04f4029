import { type DirectiveNode, type DocumentNode, type FieldNode, Kind, type SelectionSetNode, visit } from "graphql";
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
    OperationDefinition: (operation) => filled(operation),
  });
}

function leavesOut({ name, arguments: [condition] = [] }: DirectiveNode, variables: Variables): boolean {
  if (name.value !== "skip" && name.value !== "include") return false;
  const value = condition?.value;
  const isTrue =
    value?.kind === Kind.VARIABLE ? variables[value.name.value] === true : value?.kind === Kind.BOOLEAN && value.value;
  return isTrue === (name.value === "skip");
}

const filled = <Node extends { selectionSet: SelectionSetNode }>(node: Node): Node | undefined =>
  node.selectionSet.selections.length === 0 ? { ...node, selectionSet: withTypename(node.selectionSet) } : undefined;

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };
const withTypename = (set: SelectionSetNode): SelectionSetNode => ({
  ...set,
  selections: [...set.selections, typename],
});
