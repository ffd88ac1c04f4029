import { GraphQLError } from "graphql";
import { coded } from "#shared/errors.ts";
import { isObject } from "./data.ts";
import { quote, toJson } from "./json-text.ts";
import type { Entity } from "./run.ts";
import { unspliced } from "./spliced.ts";
import type { FieldShape, Leaf, ObjectShape, Shape } from "./shape.ts";

type Path = readonly (string | number)[];

/** What the answer's text is made with besides the data. */
export type Completion = {
  readonly errors: GraphQLError[];
  /** The answer of `__schema` or `__type` as JSON. */
  readonly introspect: (field: FieldShape) => string;
};

/**
 * The answer's data as JSON, value by value as the specification says: a value that can't be is null and an error, a
 * null where none may be takes its parent with it. That is an error too, unless one is known that explains it.
 */
export function completeRoot(shape: ObjectShape, data: Entity, { errors, introspect }: Completion): string {
  const walk: Walk = { errors, introspect, nulls: noNulls() };
  const text = writeObject(shape, shape.concrete ?? "", data, [], walk);
  if (text === undefined) settle(walk);
  return text ?? "null";
}

/** What made the nearest place null that may be: known errors, or a null that no error explains. */
type Nulls = { isExplained: boolean; unexplained: GraphQLError | undefined };
const noNulls = (): Nulls => ({ isExplained: false, unexplained: undefined });
type Walk = Completion & { nulls: Nulls };
type Position = { readonly coordinate: string; readonly walk: Walk };

/** The text of a value; undefined for a null that may not be, which its parent then is. */
function complete(shape: Shape, value: unknown, path: Path, at: Position): string | undefined {
  const { walk } = at;
  if (!shape.nonNull) {
    if (value === undefined || value === null) return "null";
    const around = walk.nulls;
    walk.nulls = noNulls();
    const text = writeValue(shape, value, path, at);
    if (text === undefined) settle(walk);
    walk.nulls = around;
    return text ?? "null";
  }
  const text = value === undefined || value === null ? undefined : writeValue(shape, value, path, at);
  if (text === undefined) noteNull(walk, path, `Cannot return null for non-nullable field ${at.coordinate}.`);
  return text;
}

function noteNull({ errors, nulls }: Walk, path: Path, message: string): void {
  if (errors.some((error) => explains(error, path))) nulls.isExplained = true;
  else nulls.unexplained ??= new GraphQLError(message, { path });
}

function settle({ errors, nulls }: Walk): void {
  if (nulls.unexplained && !nulls.isExplained) errors.push(nulls.unexplained);
}

function writeValue(shape: Shape, value: unknown, path: Path, at: Position): string | undefined {
  if (shape.kind === "leaf") {
    const text = writeLeaf(shape.leaf, value);
    if (text === undefined) report(at.walk, path, `A value of ${at.coordinate} is not one of its type.`);
    return text;
  }
  if (shape.kind === "list") {
    if (Array.isArray(value)) return writeList(shape.of, value, path, at);
    report(at.walk, path, `${at.coordinate} is a list, but its value is none.`);
    return undefined;
  }
  if (isObject(value)) {
    const typename = typeOf(shape.object, value);
    const text = writeObject(shape.object, typename, value, path, at.walk);
    if (text !== INVALID_TYPE) return text;
  }
  report(at.walk, path, `A value of ${at.coordinate} is not an object of its type.`);
  return undefined;
}

function writeList(of: Shape, list: readonly unknown[], path: Path, at: Position): string | undefined {
  const texts = list.map((element, index) => complete(of, element, [...path, index], at));
  return texts.includes(undefined) ? undefined : `[${texts.join(",")}]`;
}

const INVALID_TYPE = "invalid";

function writeObject(shape: ObjectShape, typename: string, value: Entity, path: Path, walk: Walk): string | undefined {
  const fields = shape.fieldsOf(typename);
  if (!fields) return INVALID_TYPE;
  const whole = unspliced(value);
  const texts = fields.map((field) => {
    const text = writeField(field, typename, whole, [...path, field.key], walk);
    return text === undefined ? undefined : `${quote(field.key)}:${text}`;
  });
  return texts.includes(undefined) ? undefined : `{${texts.join(",")}}`;
}

function writeField(field: FieldShape, typename: string, parent: Entity, path: Path, walk: Walk): string | undefined {
  if (field.kind === "typename") return quote(typename);
  if (field.kind === "introspection") return walk.introspect(field);
  if (field.kind === "refused") {
    const originalError = coded("FORBIDDEN", { field: field.coordinate });
    walk.errors.push(new GraphQLError(originalError.message, { originalError, path, nodes: field.nodes }));
    return field.nonNull ? undefined : "null";
  }
  const value = Object.hasOwn(parent, field.from) ? parent[field.from] : undefined;
  return complete(field.shape, value, path, { coordinate: field.coordinate, walk });
}

/** The type an object says it is of; where it says none, the one it was asked for as. */
export function typeOf(shape: ObjectShape, value: Entity): string {
  if (shape.concrete !== undefined) return shape.concrete;
  const typename = value["__typename"];
  return typeof typename === "string" ? typename : shape.declared.name;
}

/** A leaf as JSON; undefined when the value is not one of its type. */
function writeLeaf(leaf: Leaf, value: unknown): string | undefined {
  switch (leaf.is) {
    case "enum":
      return leaf.texts.get(value);
    case "String":
      return typeof value === "string" ? quote(value) : undefined;
    case "ID":
      if (typeof value === "string") return quote(value);
      return Number.isSafeInteger(value) ? `"${String(value)}"` : undefined;
    case "Int":
      return Number.isSafeInteger(value) ? String(value) : undefined;
    case "Float":
      return typeof value === "number" ? String(value) : undefined;
    case "Boolean":
      return typeof value === "boolean" ? String(value) : undefined;
    case "any":
      return toJson(value);
  }
}

function report({ errors }: Walk, path: Path, message: string): void {
  if (!errors.some((error) => explains(error, path))) errors.push(new GraphQLError(message, { path }));
}

/** An error of the same place, of one inside it or of one around it is why the value is missing. */
function explains({ path: known }: GraphQLError, path: Path): boolean {
  return !known || known.every((part, index) => index >= path.length || part === path[index]);
}
