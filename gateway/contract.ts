import {
  type ASTNode,
  type DefinitionNode,
  type DirectiveNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type InputObjectTypeDefinitionNode,
  type InputValueDefinitionNode,
  type InterfaceTypeDefinitionNode,
  isTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  type TypeDefinitionNode,
} from "graphql";
import { directiveOf, isOfFeature, linksOf } from "./links.ts";
import { type LoadedSupergraph, loadSupergraph, SupergraphRefused } from "./supergraph.ts";

/** A contract that is no schema, and what is missing. */
export class ContractRefused extends Error {
  constructor(include: readonly string[], why: string, options?: ErrorOptions) {
    super(`The contract of the tags ${include.join(", ") || "(none)"} doesn't stand: ${why}`, options);
    this.name = "ContractRefused";
  }
}

type Include = { readonly include: readonly string[] };

/**
 * The supergraph in which nothing is visible but what has one of the tags (`@tag`, G-13): what is not, is `@inaccessible`. A tag on an object,
 * interface or input type covers its fields, one on an enum its values; a tag on a field brings its type along. Arguments have tags of their own.
 * Throws ContractRefused for what doesn't stand: a field whose type is not tagged, a needed argument, a tag that nothing has.
 */
export const contractOf = (sdl: string, { include }: Include): string => loadContract(sdl, { include }).sdl;

/** The same, loaded. */
export function loadContract(sdl: string, { include }: Include): LoadedSupergraph {
  const contract = narrow(parse(sdl, { noLocation: true }), include);
  try {
    return loadSupergraph(print(contract), contract);
  } catch (cause) {
    if (!(cause instanceof SupergraphRefused)) throw cause;
    throw new ContractRefused(include, `${cause.why} Tag what is missing, or take the tag off what needs it.`, {
      cause,
    });
  }
}

function narrow(document: DocumentNode, include: readonly string[]): DocumentNode {
  const links = linksOf(document);
  const tag = directiveOf(links, "tag") ?? "tag";
  refuseUnknownTags(document, tag, include);
  const hide = createHiding({ tag, hidden: directiveOf(links, "inaccessible") ?? "inaccessible" }, new Set(include));
  const definitions = document.definitions.map((node) =>
    isTypeDefinitionNode(node) && !isOfFeature(links, node.name.value) ? hide(node) : node,
  );
  const isLinked = directiveOf(links, "inaccessible") !== undefined;
  return { ...document, definitions: isLinked ? definitions : withSpec(definitions) };
}

type Tagged = { readonly directives?: readonly DirectiveNode[] | undefined };

const tagsOf = ({ directives = [] }: Tagged, tag: string): string[] =>
  directives.flatMap(({ name, arguments: given = [] }) =>
    name.value === tag ? given.flatMap(({ value }) => (value.kind === Kind.STRING ? [value.value] : [])) : [],
  );

/** A misspelt tag would hide without a word what somebody wanted to be seen. */
function refuseUnknownTags(document: DocumentNode, tag: string, include: readonly string[]): void {
  if (include.length === 0) throw new ContractRefused(include, "it includes no tag.");
  const known = new Set<string>();
  const collect = (node: Tagged & ASTNode): void => {
    for (const name of tagsOf(node, tag)) known.add(name);
    for (const child of childrenOf(node)) collect(child);
  };
  for (const node of document.definitions) collect(node as Tagged & DefinitionNode);
  const unknown = include.filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new ContractRefused(include, `nothing in the supergraph has the tag ${unknown.join(" or ")}.`);
}

const childrenOf = (node: ASTNode): readonly (Tagged & ASTNode)[] => [
  ...("fields" in node ? ((node.fields ?? []) as (Tagged & ASTNode)[]) : []),
  ...("values" in node ? ((node.values ?? []) as (Tagged & ASTNode)[]) : []),
  ...("arguments" in node ? ((node.arguments ?? []) as (Tagged & ASTNode)[]) : []),
];

function createHiding(names: { tag: string; hidden: string }, include: ReadonlySet<string>) {
  const isTagged = (node: Tagged) => tagsOf(node, names.tag).some((tag) => include.has(tag));
  const isHidden = ({ directives = [] }: Tagged) => directives.some(({ name }) => name.value === names.hidden);
  const hide = <Node extends Tagged>(node: Node): Node =>
    isHidden(node) ? node : { ...node, directives: [...(node.directives ?? []), directive(names.hidden)] };
  const members = <Node extends Tagged>(nodes: readonly Node[] | undefined, all: boolean): readonly Node[] =>
    (nodes ?? []).map((node) => (all || isTagged(node) ? node : hide(node)));
  const field = (node: FieldDefinitionNode): FieldDefinitionNode => ({
    ...node,
    arguments: members<InputValueDefinitionNode>(node.arguments, false),
  });
  return (node: TypeDefinitionNode): TypeDefinitionNode => {
    const all = isTagged(node);
    const inside = childrenOf(node);
    if (!all && !inside.some(isTagged)) return hide(node);
    return { ...node, ...membersOf(node, { all, members, field }) } as TypeDefinitionNode;
  };
}

type Members = <Node extends Tagged>(nodes: readonly Node[] | undefined, all: boolean) => readonly Node[];
type Typed = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

function membersOf(
  node: TypeDefinitionNode,
  how: { all: boolean; members: Members; field: (node: FieldDefinitionNode) => FieldDefinitionNode },
): Partial<Typed | InputObjectTypeDefinitionNode | EnumTypeDefinitionNode> {
  switch (node.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
      return { fields: how.members(node.fields, how.all).map(how.field) };
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      return { fields: how.members(node.fields, how.all) };
    case Kind.ENUM_TYPE_DEFINITION:
      return { values: how.members(node.values, how.all) };
    default:
      return {};
  }
}

const directive = (name: string): DirectiveNode & { arguments?: never } => ({
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: name },
});

const SPEC = parse(`
  extend schema @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)
  directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION`);

/** The definitions with the spec of `@inaccessible`. */
function withSpec(definitions: readonly DefinitionNode[]): DefinitionNode[] {
  const [extension, definition] = SPEC.definitions;
  return [
    ...definitions.map((node) =>
      node.kind === Kind.SCHEMA_DEFINITION && extension?.kind === Kind.SCHEMA_EXTENSION
        ? { ...node, directives: [...(node.directives ?? []), ...(extension.directives ?? [])] }
        : node,
    ),
    ...(definition ? [definition] : []),
  ];
}
