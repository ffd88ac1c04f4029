import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { Caller } from "#shared/caller.ts";
import type { LoadedSupergraph } from "../supergraph.ts";
import { type AccessRules, fieldOf, type Rule, rulesOfField } from "./access-rules.ts";
import { policies, type Policy, scopesOf } from "./policies.ts";

/** What of an operation one caller may not have. */
export type Refused = {
  /** Equal for equal masks of one operation; empty when nothing is refused. */
  readonly key: string;
  /** The highest fields refused; nothing below them is named. */
  readonly fields: ReadonlySet<FieldNode>;
};

/** What an operation asks of whoever sends it. */
export type Requirements = {
  /** Nobody known (undefined) has neither roles nor scopes. Kept by the caller's view. */
  readonly refusedFor: (caller: Caller | undefined) => Refused;
};

type Graph = { readonly schema: GraphQLSchema; readonly rules: AccessRules };
type Guarded = {
  readonly node: FieldNode;
  readonly index: number;
  readonly rules: Rule[];
  readonly below: Part | null;
};
/** A selection set: its fields, and the fragments in it, which stand in many places but are read once. */
type Part = { readonly fields: Guarded[]; readonly fragments: Part[] };

const NOTHING: Refused = { key: "", fields: new Set() };
const KEPT_VIEWS = 1_000;

/** Reads the access rules that a valid operation touches, once for all callers; `named` are the policies that are known. */
export function readRequirements(
  supergraph: Pick<LoadedSupergraph, "schema" | "rules">,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  named: Readonly<Record<string, Policy>> = policies,
): Requirements {
  const root = supergraph.schema.getRootType(operation.operation);
  if (!root) throw new Error(`the schema has no ${operation.operation}`);
  const part = readPart(supergraph, document, { set: operation.selectionSet, type: root });
  const kept = new Map<string, Refused>();
  return {
    refusedFor: (caller) => {
      const view = caller?.view ?? "";
      const known = kept.get(view);
      if (known) return known;
      const refused = refusedIn(part, createJudge(caller, named));
      if (kept.size >= KEPT_VIEWS) kept.clear();
      kept.set(view, refused);
      return refused;
    },
  };
}

type Place = { set: SelectionSetNode; type: GraphQLCompositeType };

function readPart(graph: Graph, document: DocumentNode, root: Place): Part {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const parts = new Map<string, Part>();
  let index = 0;

  function read({ set, type }: Place, part: Part = { fields: [], fragments: [] }): Part {
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) part.fields.push(guard(node, type));
      else if (node.kind === Kind.INLINE_FRAGMENT)
        part.fragments.push(read({ set: node.selectionSet, type: narrowed(type, node.typeCondition?.name.value) }));
      else part.fragments.push(spread(node.name.value, type));
    }
    return part;
  }
  function guard(node: FieldNode, parent: GraphQLCompositeType): Guarded {
    const returned = fieldOf(parent, node.name.value)?.type;
    const type = returned && getNamedType(returned);
    const below = node.selectionSet && isCompositeType(type) ? read({ set: node.selectionSet, type }) : null;
    return { node, index: index++, rules: rulesOfField(graph, parent, node.name.value), below };
  }
  function spread(name: string, within: GraphQLCompositeType): Part {
    const known = parts.get(name);
    const fragment = fragments.get(name);
    if (known || !fragment) return known ?? { fields: [], fragments: [] };
    const part: Part = { fields: [], fragments: [] };
    // Kept before it is read: a document with a cycle is invalid, but must not hang us.
    parts.set(name, part);
    return read({ set: fragment.selectionSet, type: narrowed(within, fragment.typeCondition.name.value) }, part);
  }
  function narrowed(type: GraphQLCompositeType, condition: string | undefined): GraphQLCompositeType {
    const found = condition === undefined ? type : graph.schema.getType(condition);
    return isCompositeType(found) ? found : type;
  }
  return read(root);
}

/** Walks what the caller may have; a fragment is looked at once, for what it asks doesn't depend on where it stands. */
function refusedIn(root: Part, may: (rule: Rule) => boolean): Refused {
  const fields = new Set<FieldNode>();
  const indices: number[] = [];
  const seen = new Set<Part>();
  const left = [root];
  for (let part = left.pop(); part; part = left.pop()) {
    if (seen.has(part)) continue;
    seen.add(part);
    left.push(...part.fragments);
    for (const { node, index, rules, below } of part.fields) {
      if (rules.every(may)) {
        if (below) left.push(below);
      } else {
        fields.add(node);
        indices.push(index);
      }
    }
  }
  if (fields.size === 0) return NOTHING;
  return {
    key: indices
      .toSorted((a, b) => a - b)
      .map((index) => index.toString(36))
      .join("."),
    fields,
  };
}

/** Judges each rule once per caller. A policy nobody knows refuses, and so does an empty list of groups. */
function createJudge(caller: Caller | undefined, named: Readonly<Record<string, Policy>>): (rule: Rule) => boolean {
  const scopes = caller ? scopesOf(caller) : new Set<string>();
  const judged = new Map<Rule, boolean>();
  const isHeld = (policy: string) => caller !== undefined && Object.hasOwn(named, policy) && named[policy]!(caller);
  const some = (groups: Rule["scopes"], has: (name: string) => boolean) =>
    groups === null || groups.some((group) => group.every(has));
  const judge = ({ authenticated, scopes: wanted, policies: held }: Rule) =>
    (!authenticated || caller !== undefined) && some(wanted, (scope) => scopes.has(scope)) && some(held, isHeld);
  return (rule) => {
    const known = judged.get(rule);
    if (known !== undefined) return known;
    const may = judge(rule);
    judged.set(rule, may);
    return may;
  };
}
