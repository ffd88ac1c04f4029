import {
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
  type InlineFragmentNode,
  Kind,
  print,
  type SelectionNode,
  validate,
  visit,
} from "graphql";

/** The smallest document for which `fails` still holds, made by leaving out one piece after the other. */
export async function reduceDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  fails: (smaller: DocumentNode) => Promise<boolean>,
): Promise<DocumentNode> {
  const plain = withoutFragments(document);
  let smallest = validate(schema, plain).length === 0 && (await fails(plain)) ? plain : document;
  for (let at = 0, tries = 0; tries < MOST_TRIES;) {
    const smaller = withoutPiece(smallest, at);
    if (!smaller) break;
    tries += 1;
    const isSmaller = print(smaller).length < print(smallest).length;
    if (isSmaller && validate(schema, smaller).length === 0 && (await fails(smaller))) smallest = smaller;
    else at += 1;
  }
  return smallest;
}

/** Every spread written out where it stands, and fragments that say nothing dissolved. */
function withoutFragments(document: DocumentNode): DocumentNode {
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  const written = visit(document, {
    FragmentSpread: ({ name, directives = [] }): InlineFragmentNode | undefined => {
      const fragment = fragments.get(name.value);
      if (!fragment) return undefined;
      const { typeCondition, selectionSet } = fragment;
      return { kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet, directives };
    },
  });
  const dissolved = visit(written, {
    SelectionSet: { leave: (set) => ({ ...set, selections: set.selections.flatMap(dissolve) }) },
  });
  return tidy(dissolved);
}

const dissolve = (node: SelectionNode): readonly SelectionNode[] =>
  node.kind === Kind.INLINE_FRAGMENT && !node.typeCondition && !node.directives?.length
    ? node.selectionSet.selections
    : [node];

const MOST_TRIES = 1_500;
const removable = new Set<string>([
  Kind.FIELD,
  Kind.INLINE_FRAGMENT,
  Kind.FRAGMENT_SPREAD,
  Kind.DIRECTIVE,
  Kind.ARGUMENT,
]);

/** The document without its piece number `wanted` (an alias is a piece too); undefined when it has fewer. */
function withoutPiece(document: DocumentNode, wanted: number): DocumentNode | undefined {
  let at = -1;
  let found = false;
  const isWanted = () => (at += 1) === wanted && (found = true);
  const smaller = visit(document, {
    enter(node) {
      if (found) return false;
      if (node.kind === Kind.FIELD && node.alias && isWanted()) {
        const { alias: _, ...plain } = node;
        return plain;
      }
      if (removable.has(node.kind) && isWanted()) return null;
      if (node.kind === Kind.INLINE_FRAGMENT && node.typeCondition && isWanted()) {
        const { typeCondition: _, ...plain } = node;
        return plain;
      }
      return undefined;
    },
  });
  return found ? tidy(smaller) : undefined;
}

/** Without empty selection sets, fragments that nobody spreads and variables that nobody uses. */
function tidy(document: DocumentNode): DocumentNode {
  const filled = visit(document, {
    Field: { leave: (node) => (node.selectionSet?.selections.length === 0 ? null : undefined) },
    InlineFragment: { leave: (node) => (node.selectionSet.selections.length === 0 ? null : undefined) },
  });
  const names = (kind: string) => {
    const used = new Set<string>();
    const collect = (node: ASTNode, inDefinition: boolean) => {
      if (!inDefinition && node.kind === kind && "name" in node)
        used.add(String((node.name as { value: string }).value));
    };
    visit(filled, {
      enter: (node, _key, parent) =>
        collect(node, !Array.isArray(parent) && (parent as ASTNode | undefined)?.kind === Kind.VARIABLE_DEFINITION),
    });
    return used;
  };
  const [spreads, variables] = [names(Kind.FRAGMENT_SPREAD), names(Kind.VARIABLE)];
  return visit(filled, {
    FragmentDefinition: (node) => (spreads.has(node.name.value) ? undefined : null),
    VariableDefinition: (node) => (variables.has(node.variable.name.value) ? undefined : null),
  });
}
