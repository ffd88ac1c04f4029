import { type ConstValueNode, type DirectiveNode, type DocumentNode, Kind, valueFromASTUntyped } from "graphql";

/** A feature that a supergraph links to: `https://specs.apollo.dev/tag/v0.3`. */
export type Link = {
  /** `tag` */
  readonly spec: string;
  /** What its elements begin with: `tag__…`; the directive of the same name is called so. */
  readonly alias: string;
  /** What stands under a name of its own, without `@`: name in the spec, name here. */
  readonly imports: ReadonlyMap<string, string>;
  readonly node: DirectiveNode;
};

/** The features that a supergraph's SDL links to. */
export const linksOf = (document: DocumentNode): Link[] =>
  document.definitions.flatMap((node) =>
    node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION
      ? (node.directives ?? []).flatMap(readLink)
      : [],
  );

type Import = string | { name: string; as?: string };

function readLink(node: DirectiveNode): Link[] {
  if (node.name.value !== "link") return [];
  const given = Object.fromEntries(
    (node.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value as ConstValueNode)]),
  ) as { url?: string; as?: string; import?: Import[] };
  const spec = /^https:\/\/specs\.apollo\.dev\/(\w+)\//.exec(given.url ?? "")?.[1];
  if (spec === undefined) return [];
  const bare = (name: string) => name.replace(/^@/, "");
  const imports = (given.import ?? []).map((item): [string, string] =>
    typeof item === "string" ? [bare(item), bare(item)] : [bare(item.name), bare(item.as ?? item.name)],
  );
  return [{ spec, alias: given.as ?? spec, imports: new Map(imports), node }];
}

/** What the directive that a spec is named for is called in this document; undefined where it isn't linked. */
export function directiveOf(links: readonly Link[], spec: string): string | undefined {
  const link = links.find((one) => one.spec === spec);
  return link && (link.imports.get(spec) ?? link.alias);
}

/** Whether a type belongs to a feature and not to the graph. */
export const isOfFeature = (links: readonly Link[], type: string): boolean =>
  links.some(({ alias, imports }) => type.startsWith(`${alias}__`) || [...imports.values()].includes(type));
