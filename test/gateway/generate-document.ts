import fc from "fast-check";
import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  doTypesOverlap,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  valueFromAST,
  parseValue,
} from "graphql";

export type Generated = { readonly source: string; readonly variables: Record<string, unknown> };
type Options = {
  readonly operation?: "query" | "mutation";
  /** What strings and ids are drawn from, so that some of them are found. */
  readonly words: readonly string[];
};

/** Documents that a schema allows, most of them valid: aliases, fragments, abstract types, arguments, variables with defaults, skip and include, introspection. */
export const documentsOf = (schema: GraphQLSchema, options: Options): fc.Arbitrary<Generated> =>
  fc.gen().map((draw) => createGenerator(schema, options, (max) => draw(fc.nat, { max })).document());

const KEYS = ["a", "b", "id", "name", "__proto__", "constructor", "toString", "_a"];
const MOST_FIELDS = 26;
const DEEPEST = 5;

function createGenerator(
  schema: GraphQLSchema,
  { operation = "query", words }: Options,
  upTo: (max: number) => number,
) {
  const oneOf = <T>(choices: readonly T[]): T => choices[upTo(choices.length - 1)] as T;
  const chance = (percent: number) => upTo(99) < percent;
  const fragments: { name: string; on: string; text: string }[] = [];
  const definitions: string[] = [];
  const variables: Record<string, unknown> = {};
  let left = MOST_FIELDS;
  let aliases = 0;

  const literal = (type: GraphQLInputType, depth = 0): string => {
    if (isNonNullType(type)) return literalOf(type.ofType, depth);
    return chance(8) ? "null" : literalOf(type, depth);
  };
  const literalOf = (type: GraphQLInputType, depth: number): string => {
    if (isNonNullType(type)) return literalOf(type.ofType, depth);
    if (isListType(type)) {
      if (chance(10)) return literalOf(type.ofType, depth);
      return `[${Array.from({ length: upTo(3) }, () => literal(type.ofType, depth)).join(", ")}]`;
    }
    if (isEnumType(type)) return oneOf(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => (isNonNullType(field.type) && field.defaultValue === undefined) || (depth < 2 && chance(50)),
      );
      return `{ ${fields.map((field) => `${field.name}: ${literal(field.type, depth + 1)}`).join(", ")} }`;
    }
    const scalars: Record<string, () => string> = {
      Int: () => oneOf(["0", "1", "2", "3"]),
      Float: () => oneOf(["0", "1.5", "2"]),
      Boolean: () => oneOf(["true", "false"]),
      JSON: () => oneOf(['{ a: [1, "x"], b: null }', "7", '"text"', "[true]"]),
      Decimal: () => oneOf(['"1"', '"10.5"']),
    };
    return (scalars[type.name] ?? (() => JSON.stringify(oneOf(words))))();
  };
  const variable = (type: GraphQLInputType, hasDefault: boolean): string => {
    const name = `v${definitions.length}`;
    const nullable = isNonNullType(type) ? type.ofType : type;
    const needsValue = isNonNullType(type) && !hasDefault;
    const withDefault = chance(50);
    const declared =
      needsValue && !withDefault ? `${type}` : chance(30) && !withDefault ? `${nullable}!` : `${nullable}`;
    const fallback = withDefault ? ` = ${literalOf(nullable, 0)}` : "";
    // A default that is a variable's own makes it usable where null is not allowed, but null may not be given then.
    definitions.push(`$${name}: ${declared}${fallback}`);
    if (declared.endsWith("!") || !withDefault || chance(50)) {
      const text = declared.endsWith("!") || isNonNullType(type) ? literalOf(nullable, 0) : literal(nullable);
      const given = valueFromAST(parseValue(text), nullable);
      if (declared.endsWith("!") || !chance(25)) variables[name] = given ?? null;
      if (declared.endsWith("!") && variables[name] === null) variables[name] = [];
    }
    return `$${name}`;
  };
  const args = (all: readonly GraphQLArgument[]): string => {
    const chosen = all.filter((arg) => (isNonNullType(arg.type) && arg.defaultValue === undefined) || chance(45));
    const value = (arg: GraphQLArgument) =>
      chance(35) ? variable(arg.type, arg.defaultValue !== undefined) : literal(arg.type);
    return chosen.length ? `(${chosen.map((arg) => `${arg.name}: ${value(arg)}`).join(", ")})` : "";
  };
  const directive = (): string => {
    if (!chance(12)) return "";
    const condition = () => {
      if (chance(30)) return oneOf(["true", "false"]);
      const name = `v${definitions.length}`;
      const fallback = chance(50);
      definitions.push(fallback ? `$${name}: Boolean! = ${oneOf(["true", "false"])}` : `$${name}: Boolean!`);
      if (!fallback || chance(50)) variables[name] = chance(50);
      return `$${name}`;
    };
    const first = ` @${oneOf(["skip", "include"])}(if: ${condition()})`;
    if (!chance(15)) return first;
    return `${first} @${first.includes("@skip") ? "include" : "skip"}(if: ${condition()})`;
  };
  const key = (field: GraphQLField<unknown, unknown>, written: string): string => {
    if (written === "") return chance(12) ? `${oneOf(KEYS)}: ` : "";
    aliases += 1;
    return chance(85) ? `${field.name}${aliases}: ` : "";
  };
  const field = (definition: GraphQLField<unknown, unknown>, depth: number): string => {
    left -= 1;
    const written = args(definition.args);
    const head = `${key(definition, written)}${definition.name}${written}${directive()}`;
    const type = getNamedType(definition.type);
    return isCompositeType(type) ? `${head} ${selectionSet(type, depth + 1)}` : head;
  };
  const fragment = (type: GraphQLCompositeType, depth: number): string => {
    const fitting = Object.values(schema.getTypeMap()).filter(
      (other): other is GraphQLCompositeType =>
        isCompositeType(other) && !other.name.startsWith("__") && doTypesOverlap(schema, type, other),
    );
    const on = oneOf(fitting);
    const known = fragments.filter((one) => one.on === on.name);
    if (known.length && chance(50)) return `...${oneOf(known).name}${directive()}`;
    if (chance(75)) {
      const condition = on === type && chance(50) ? "" : ` on ${on.name}`;
      return `...${condition}${directive()} ${selectionSet(on, depth + 1)}`;
    }
    const text = selectionSet(on, depth + 1);
    const name = `F${fragments.length}`;
    fragments.push({ name, on: on.name, text });
    return `...${name}${directive()}`;
  };
  const selectionSet = (type: GraphQLCompositeType, depth: number): string => {
    const all = isUnionType(type) ? [] : Object.values(type.getFields());
    const leaves = all.filter((one) => !isCompositeType(getNamedType(one.type)));
    const fields = depth >= DEEPEST || left <= 0 ? leaves : all;
    const isNarrow = depth >= DEEPEST || left <= 0;
    const selections = Array.from({ length: 1 + upTo(isNarrow ? 1 : 3) }, () => {
      const abstract = !isObjectType(type);
      if (!isNarrow && chance(abstract ? 45 : 10)) return fragment(type, depth);
      if (fields.length === 0 || chance(6)) return `${chance(20) ? "kind: " : ""}__typename`;
      return field(oneOf(fields), depth);
    });
    return `{ ${selections.join(" ")} }`;
  };
  const introspection = (): string =>
    oneOf([
      "__typename",
      "__schema { queryType { name } mutationType { name } }",
      `__type(name: "${oneOf(Object.keys(schema.getTypeMap()))}") { kind name fields(includeDeprecated: true) { name type { kind name ofType { name } } } possibleTypes { name } }`,
      "meta: __schema { directives { name args { name } } }",
    ]);
  return {
    document: (): Generated => {
      const root = operation === "query" ? schema.getQueryType() : schema.getMutationType();
      if (!root) throw new Error(`the schema has no ${operation}`);
      const body = selectionSet(root, 0);
      const extra = operation === "query" && chance(6) ? `{ ${introspection()} ${body.slice(1)}` : body;
      const header = definitions.length ? `${operation} (${definitions.join(", ")})` : operation;
      const named = fragments.map(({ name, on, text }) => `fragment ${name} on ${on} ${text}`);
      return { source: [`${header} ${extra}`, ...named].join("\n"), variables };
    },
  };
}
