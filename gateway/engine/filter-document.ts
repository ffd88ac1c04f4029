import { type DocumentNode, type FieldNode, Kind, type SelectionSetNode, visit } from "graphql";

/** The document without some of its fields; a selection that has nothing left asks for `__typename`. */
export function withoutFields(document: DocumentNode, fields: ReadonlySet<FieldNode>): DocumentNode {
  if (fields.size === 0) return document;
  return visit(document, {
    Field: (field) => (fields.has(field) ? null : undefined),
    SelectionSet: { leave: (set) => (set.selections.length === 0 ? onlyTypename : undefined) },
  });
}

const onlyTypename: SelectionSetNode = {
  kind: Kind.SELECTION_SET,
  selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } }],
};
