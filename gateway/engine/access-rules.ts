import type { DirectiveDefinition, FieldDefinition, NamedType, ObjectType, Schema } from "@apollo/federation-internals";
import { InterfaceType, isObjectType } from "@apollo/federation-internals";
import {
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isUnionType,
} from "graphql";

/** What one place of the graph asks of a caller: every condition has to hold, and of each list in a condition one group whole. */
export type Rule = {
  readonly authenticated: boolean;
  readonly scopes: readonly (readonly string[])[] | null;
  readonly policies: readonly (readonly string[])[] | null;
};

/** The rules of one supergraph: by type (`Return`) and by field (`Return.credits`). */
export type AccessRules = ReadonlyMap<string, Rule>;

const SPECS = {
  authenticated: "https://specs.apollo.dev/authenticated",
  requiresScopes: "https://specs.apollo.dev/requiresScopes",
  policy: "https://specs.apollo.dev/policy",
} as const;
type Directives = Record<keyof typeof SPECS, DirectiveDefinition | undefined>;
type Guarded = NamedType | FieldDefinition<ObjectType | InterfaceType>;

/** Reads `@authenticated`, `@requiresScopes` and `@policy` off a supergraph, whatever they are called in it. */
export function readAccessRules(supergraph: Schema): AccessRules {
  const named = (directive: keyof typeof SPECS) => {
    const feature = supergraph.coreFeatures?.getByIdentity(SPECS[directive]);
    return feature && supergraph.directive(feature.directiveNameInSchema(directive));
  };
  const directives: Directives = {
    authenticated: named("authenticated"),
    requiresScopes: named("requiresScopes"),
    policy: named("policy"),
  };
  const rules = new Map<string, Rule>();
  for (const element of guardable(supergraph)) {
    const rule = ruleOf(element, directives);
    if (rule) rules.set(element.coordinate, rule);
  }
  return rules;
}

const guardable = (supergraph: Schema): Guarded[] =>
  supergraph
    .types()
    .flatMap((type): Guarded[] =>
      isObjectType(type) || type instanceof InterfaceType ? [type, ...type.fields()] : [type],
    );

function ruleOf(element: Guarded, directives: Directives): Rule | null {
  const applied = (directive: DirectiveDefinition | undefined) =>
    directive && element.appliedDirectives.find(({ name }) => name === directive.name);
  const authenticated = applied(directives.authenticated) !== undefined;
  const groups = (directive: DirectiveDefinition | undefined, argument: string) =>
    (applied(directive)?.arguments()[argument] as string[][] | undefined) ?? null;
  const scopes = groups(directives.requiresScopes, "scopes");
  const policies = groups(directives.policy, "policies");
  return authenticated || scopes || policies ? { authenticated, scopes, policies } : null;
}

/**
 * All that selecting a field asks: of the type it stands on, of itself and of the type it returns; on an interface also what each type that
 * may be behind it asks there, for one of them will answer. A caller has to satisfy every one.
 */
export function rulesOfField(
  { schema, rules }: { schema: GraphQLSchema; rules: AccessRules },
  parent: GraphQLCompositeType,
  field: string,
): Rule[] {
  const behind = isAbstractType(parent) && field !== "__typename" ? schema.getPossibleTypes(parent) : [];
  const coordinates = new Set([parent, ...behind].flatMap((type) => coordinatesOf(type, field)));
  return [...coordinates].flatMap((coordinate) => rules.get(coordinate) ?? []);
}

function coordinatesOf(type: GraphQLCompositeType, field: string): string[] {
  const definition = fieldOf(type, field);
  return definition ? [type.name, `${type.name}.${field}`, getNamedType(definition.type).name] : [type.name];
}

/** Undefined for `__typename`, `__schema` and `__type`. */
export const fieldOf = (type: GraphQLCompositeType, field: string): GraphQLField<unknown, unknown> | undefined =>
  isUnionType(type) ? undefined : type.getFields()[field];
