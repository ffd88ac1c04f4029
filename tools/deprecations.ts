import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from "graphql";

/** Says what to use instead and until when it is kept: ``Use `Return.notes`. Kept until 2027-03-01.`` (G-06). */
export type Deprecation = { readonly instead: string; readonly until: string };

export function readDeprecation(reason: string): Deprecation | undefined {
  const [, instead, until] = /Use `(\w+(?:\.\w+)?)`.*?(\d{4}-\d\d-\d\d)/s.exec(reason) ?? [];
  return instead === undefined || until === undefined ? undefined : { instead, until };
}

/** What is deprecated, by its coordinate: `Return.note`, `Query.returns(state:)`, `Status.LOST`. */
export function deprecated(schema: GraphQLSchema): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const look = (at: string, { deprecationReason: reason }: { deprecationReason?: string | null | undefined }) =>
    reason == null ? found : found.set(at, reason);
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    if (isEnumType(type)) type.getValues().forEach((value) => look(`${type.name}.${value.name}`, value));
    if (isInputObjectType(type))
      Object.values(type.getFields()).forEach((field) => look(`${type.name}.${field.name}`, field));
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      look(`${type.name}.${field.name}`, field);
      field.args.forEach((argument) => look(`${type.name}.${field.name}(${argument.name}:)`, argument));
    }
  }
  return found;
}

/** A sentence for each deprecation that has no date or no replacement that exists (G-06). */
export function badDeprecations(schema: GraphQLSchema): string[] {
  return [...deprecated(schema)].flatMap(([at, reason]) => {
    const read = readDeprecation(reason);
    if (!read)
      return [`${at} is deprecated without a replacement and a date: say "Use \`…\`. Kept until YYYY-MM-DD." (G-06).`];
    return exists(schema, at, read.instead)
      ? []
      : [`${at} is deprecated for \`${read.instead}\`, which does not exist (G-06).`];
  });
}

/** A replacement is a type, `Type.member`, a sibling of what it replaces, or another argument of the field. */
function exists(schema: GraphQLSchema, at: string, instead: string): boolean {
  const [typeName = "", fieldName = ""] = at.replace(/\(.*/, "").split(".");
  const [first = "", second] = instead.split(".");
  if (second !== undefined) return memberOf(schema, first, second) !== undefined;
  const field = memberOf(schema, typeName, fieldName) as { args?: readonly { name: string }[] } | undefined;
  const isArgument = at.includes("(") && field?.args?.some(({ name }) => name === first) === true;
  return isArgument || memberOf(schema, typeName, first) !== undefined || schema.getType(first) !== undefined;
}

function memberOf(schema: GraphQLSchema, typeName: string, name: string): unknown {
  const type = schema.getType(typeName);
  if (isEnumType(type)) return type.getValue(name) ?? undefined;
  return isObjectType(type) || isInterfaceType(type) || isInputObjectType(type) ? type.getFields()[name] : undefined;
}
