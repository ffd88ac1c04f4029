import {
  type DocumentNode,
  type FieldNode,
  isObjectType,
  isInterfaceType,
  Kind,
  type NameNode,
  parse,
  type SelectionSetNode,
  visit,
} from "graphql";
import type { LoadedSupergraph } from "../supergraph.ts";

/** Field names that plans read from the data for purposes of their own: keys, and what a `@requires` asks for. */
export type PlannedNames = {
  readonly names: ReadonlySet<string>;
  /** Those that some `@requires` asks for with arguments of its own. */
  readonly withArguments: ReadonlySet<string>;
};

/** Reads them off the supergraph's `@join__type(key:)` and `@join__field(requires:, provides:)`. */
export function readPlannedNames({ supergraphSchema }: Pick<LoadedSupergraph, "supergraphSchema">): PlannedNames {
  const names = new Set(["__typename", "_entities"]);
  const withArguments = new Set<string>();
  const read = (set: SelectionSetNode) => {
    visit(set, {
      Field: (field) => {
        names.add(field.name.value);
        if (field.arguments?.length) withArguments.add(field.name.value);
      },
    });
  };
  for (const type of Object.values(supergraphSchema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    const nodes = [type.astNode, ...Object.values(type.getFields()).map(({ astNode }) => astNode)];
    for (const text of nodes.flatMap((node) => fieldSets(node?.directives ?? []))) read(parseFieldSet(text));
  }
  return { names, withArguments };
}

type Directives = NonNullable<FieldNode["directives"]>;
const fieldSets = (directives: Directives): string[] =>
  directives
    .filter(({ name }) => name.value === "join__type" || name.value === "join__field")
    .flatMap((directive) => directive.arguments ?? [])
    .flatMap(({ name, value }) =>
      ["key", "requires", "provides"].includes(name.value) && value.kind === Kind.STRING ? [value.value] : [],
    );

function parseFieldSet(text: string): SelectionSetNode {
  const [definition] = parse(`{${text}}`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`not a field set: ${text}`);
  return definition.selectionSet;
}

export type SafeDocument = {
  readonly document: DocumentNode;
  /** What the plan calls a key of the client, where it is another name. */
  readonly keys: ReadonlyMap<string, string>;
  /** Likewise for variables. */
  readonly variables: ReadonlyMap<string, string>;
};

/**
 * The document as it is planned. A key of the client that the plan would take for something of its own gets another
 * name: an alias called like a key field, a field that a `@requires` wants with other arguments, names that every
 * object of JavaScript has (`__proto__`), and the variable `representations`.
 */
export function makeSafe(document: DocumentNode, planned: PlannedNames): SafeDocument {
  const taken = new Set<string>();
  const unsafe = new Set<string>();
  const unsafeVariables = new Set<string>();
  visit(document, {
    Name: ({ value }) => void taken.add(value),
    Field: (field) => {
      if (isUnsafe(field, planned)) unsafe.add(keyOf(field));
    },
    Variable: ({ name }) => {
      if (/^(representations$|bhRepresentations)/.test(name.value)) unsafeVariables.add(name.value);
    },
  });
  if (unsafe.size === 0 && unsafeVariables.size === 0) return { document, keys: new Map(), variables: new Map() };
  const rename = (name: string) => [name, freeName(name, taken)] as const;
  const keys = new Map([...unsafe].map(rename));
  const variables = new Map([...unsafeVariables].map(rename));
  const renamed = visit(document, {
    Field: (field) => {
      const alias = keys.get(keyOf(field));
      return alias === undefined ? undefined : { ...field, alias: nameNode(alias) };
    },
    Variable: (variable) => {
      const name = variables.get(variable.name.value);
      return name === undefined ? undefined : { ...variable, name: nameNode(name) };
    },
  });
  return { document: renamed, keys, variables };
}

const keyOf = ({ alias, name }: FieldNode) => alias?.value ?? name.value;
const nameNode = (value: string): NameNode => ({ kind: Kind.NAME, value });

function isUnsafe(field: FieldNode, planned: PlannedNames): boolean {
  const key = keyOf(field);
  if (field.name.value.startsWith("__") && key === field.name.value) return false;
  if (key in Object.prototype || /__alias_\d+$/.test(key)) return true;
  return key === field.name.value ? planned.withArguments.has(key) : planned.names.has(key);
}

function freeName(name: string, taken: Set<string>): string {
  let free = `bh_${name.replace(/^_+/, "")}`;
  while (taken.has(free)) free += "_";
  taken.add(free);
  return free;
}
