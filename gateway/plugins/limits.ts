import type { ApolloServerPlugin } from "@apollo/server";
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from "graphql";
import { coded } from "#shared/errors.ts";
import type { GatewayContext } from "../request.ts";

/**
 * How much one document may ask for, on every door. The contract's largest document uses at most half of each.
 * What the text itself shows is looked at before it is parsed (scan-document.ts), depth, root fields and fields with fragments spread out before it is planned.
 */
export const LIMITS = {
  characters: 100_000,
  tokens: 6_000,
  nesting: 50,
  directives: 100,
  repeats: 200,
  depth: 20,
  aliases: 60,
  rootFields: 20,
  fields: 3_000,
  circles: 3,
} as const;
export type Size = { depth: number; aliases: number; rootFields: number; fields: number };

const units = {
  characters: "characters",
  tokens: "tokens",
  nesting: "brackets in each other",
  directives: "directives",
  repeats: "fields of one name",
  depth: "levels",
  aliases: "aliases",
  rootFields: "root fields",
  fields: "fields",
  circles: "lists of one type within each other",
} as const satisfies Record<keyof typeof LIMITS, string>;
const measured = new WeakMap<OperationDefinitionNode, Size>();

/** Throws TOO_COSTLY when a validated operation is too deep or too wide. */
export function checkLimits(document: DocumentNode, operation: OperationDefinitionNode): void {
  const size = measured.get(operation) ?? measure(document, operation);
  measured.set(operation, size);
  for (const name of ["depth", "aliases", "rootFields", "fields"] as const) refuseOver(name, size[name]);
}

/** Throws TOO_COSTLY when `used` is over the limit of that name. */
export function refuseOver(name: keyof typeof LIMITS, used: number): void {
  if (used <= LIMITS[name]) return;
  const spent = { cost: `${used} ${units[name]}`, limit: `${LIMITS[name]} ${units[name]}` };
  throw new GraphQLError(coded("TOO_COSTLY", spent).message, {
    originalError: coded("TOO_COSTLY", spent),
    extensions: { code: "TOO_COSTLY", ...spent, http: { status: 400 } },
  });
}

export const limits: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ document, operation }) => {
      if (operation) checkLimits(document, operation);
    },
  }),
};

/** Size with fragments spread out; each fragment is measured once, so that nested spreads cost nothing here. */
export function measure(document: DocumentNode, operation: OperationDefinitionNode): Size {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const known = new Map<string, { depth: number; fields: number; top: number }>();
  const ofFragment = (name: string) => {
    const size = known.get(name) ?? ofSet(fragments.get(name)?.selectionSet);
    known.set(name, size);
    return size;
  };
  const ofSet = (set: SelectionSetNode | undefined): { depth: number; fields: number; top: number } => {
    const size = { depth: 0, fields: 0, top: 0 };
    for (const node of set?.selections ?? []) {
      const inner = node.kind === Kind.FRAGMENT_SPREAD ? ofFragment(node.name.value) : ofSet(node.selectionSet);
      const own = node.kind === Kind.FIELD ? 1 : 0;
      size.depth = Math.max(size.depth, inner.depth + own);
      size.fields += inner.fields + own;
      size.top += own || inner.top;
    }
    return size;
  };
  const { depth, fields, top } = ofSet(operation.selectionSet);
  return { depth, fields, rootFields: top, aliases: countAliases(document) };
}

function countAliases(document: DocumentNode): number {
  let aliases = 0;
  visit(document, { Field: ({ alias }) => void (aliases += alias ? 1 : 0) });
  return aliases;
}
