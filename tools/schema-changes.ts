import {
  buildASTSchema,
  BreakingChangeType,
  type ConstDirectiveNode,
  findBreakingChanges,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
  printSchema,
  visit,
} from "graphql";
import { readDeprecation } from "./deprecations.ts";

/** One difference that breaks clients: the sentence, and the schema coordinates of which a client that breaks uses one. */
export type Change = { readonly sentence: string; readonly touches: readonly string[] };

/** What of `before` is no longer kept in `after`. What was deprecated with a date may go from that day on (G-06). */
export function breakingChanges(before: GraphQLSchema, after: GraphQLSchema, today: string): Change[] {
  return findBreakingChanges(withoutDue(before, today), after)
    .filter(({ description }) => !description.startsWith("Standard scalar "))
    .map(({ type, description }) => ({ sentence: description, touches: touchedBy[type](description) }));
}

type Words = (description: string) => string[];
const words = (pattern: RegExp, say: (...found: string[]) => string[]): Words => {
  return (description) => say(...(pattern.exec(description)?.slice(1) ?? []));
};
const field = words(/^(\S+\.\w+) /, (at = "") => [at]);
const argument = words(/^(\S+\.\w+) arg (\w+) /, (at, name) => [`${at}(${name}:)`]);
const directive = words(/(\w+)\.?$/, (name) => [`@${name}`]);

/** graphql-js says where a change is in its sentence only. */
const touchedBy: Readonly<Record<BreakingChangeType, Words>> = {
  [BreakingChangeType.TYPE_REMOVED]: words(/(\w+) was removed/, (type = "") => [type]),
  [BreakingChangeType.TYPE_CHANGED_KIND]: words(/^(\w+) /, (type = "") => [type]),
  [BreakingChangeType.TYPE_REMOVED_FROM_UNION]: words(/from union type (\w+)/, (union = "") => [union]),
  [BreakingChangeType.VALUE_REMOVED_FROM_ENUM]: words(/^(\w+) was removed from enum type (\w+)/, (_, type = "") => [
    type,
  ]),
  [BreakingChangeType.REQUIRED_INPUT_FIELD_ADDED]: words(/on input type (\w+)/, (type = "") => [type]),
  [BreakingChangeType.IMPLEMENTED_INTERFACE_REMOVED]: words(/^(\w+) no longer/, (type = "") => [type]),
  [BreakingChangeType.FIELD_REMOVED]: field,
  [BreakingChangeType.FIELD_CHANGED_KIND]: field,
  [BreakingChangeType.REQUIRED_ARG_ADDED]: words(/on (\S+\.\w+) was added/, (at = "") => [at]),
  [BreakingChangeType.ARG_REMOVED]: argument,
  [BreakingChangeType.ARG_CHANGED_KIND]: argument,
  [BreakingChangeType.DIRECTIVE_REMOVED]: words(/^(\w+)/, (name) => [`@${name}`]),
  [BreakingChangeType.DIRECTIVE_ARG_REMOVED]: directive,
  [BreakingChangeType.REQUIRED_DIRECTIVE_ARG_ADDED]: words(/on directive (\w+)/, (name) => [`@${name}`]),
  [BreakingChangeType.DIRECTIVE_REPEATABLE_REMOVED]: directive,
  [BreakingChangeType.DIRECTIVE_LOCATION_REMOVED]: directive,
};

/** The schema without what its deprecation gave until today, and without the types that only this led to. */
function withoutDue(schema: GraphQLSchema, today: string): GraphQLSchema {
  const dropDue = (node: { readonly directives?: readonly ConstDirectiveNode[] | undefined }) =>
    isDue(node.directives ?? [], today) ? null : undefined;
  const kept = visit(parse(printSchema(schema)), {
    FieldDefinition: dropDue,
    InputValueDefinition: dropDue,
    EnumValueDefinition: dropDue,
  });
  const left = buildASTSchema(kept, { assumeValid: true, assumeValidSDL: true });
  const reached = reachable(left);
  const definitions = kept.definitions.filter((node) => !("name" in node) || isKept(node, reached));
  return buildASTSchema({ ...kept, definitions }, { assumeValid: true, assumeValidSDL: true });
}

const isKept = (
  node: { readonly kind: string; readonly name?: { readonly value: string } | undefined },
  reached: ReadonlySet<string>,
) => !node.kind.endsWith("TypeDefinition") || reached.has(node.name?.value ?? "");

function isDue(directives: readonly ConstDirectiveNode[], today: string): boolean {
  const deprecated = directives.find(({ name }) => name.value === "deprecated");
  const reason = deprecated?.arguments?.find(({ name }) => name.value === "reason")?.value;
  const until = reason?.kind === "StringValue" ? readDeprecation(reason.value)?.until : undefined;
  return until !== undefined && until <= today;
}

/** Names of the types that a client can get to from the root types. */
function reachable(schema: GraphQLSchema): ReadonlySet<string> {
  const reached = new Set<string>();
  const go = (type: GraphQLNamedType | null | undefined): void => {
    if (!type || reached.has(type.name)) return;
    reached.add(type.name);
    for (const next of leadsTo(schema, type)) go(next);
  };
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) go(type);
  return reached;
}

function leadsTo(schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLNamedType[] {
  if (isInputObjectType(type)) return Object.values(type.getFields()).map((field) => getNamedType(field.type));
  const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [];
  if (!isObjectType(type) && !isInterfaceType(type)) return possible;
  const fields = Object.values(type.getFields());
  const types = fields.flatMap((field) => [field.type, ...field.args.map((argument) => argument.type)]);
  return [...possible, ...type.getInterfaces(), ...types.map((of) => getNamedType(of))];
}
