import { readId } from "./ids.ts";
import { type ObjectName, objectNamed, objectOfId, type ObjectType } from "./objects.ts";
import type { Org, RecordRow, Value } from "./org.ts";
import { checkFilter, outOfRange, reach, type Reached } from "./soql-check.ts";
import { type Condition, type Literal, parseSoql, type Path, type Query } from "./soql-parse.ts";
import { likePattern, plainText } from "./soql-tokens.ts";

export type Found = { type: ObjectType; rows: RecordRow[]; columns: Reached[] | null };

/** Runs a statement: the records that fit, in order. Throws the vendor's refusals. */
export function runSoql(org: Org, text: string): Found {
  const query = parseSoql(text);
  const type = objectNamed(query.from.text);
  const columns = query.paths && query.paths.map((path) => reach(text, type, path));
  const fits = query.where ? conditionOf(org, text, type, query.where) : () => true;
  const sorted = sort(org, text, type, query, org.all(type.name).filter(fits));
  if (query.offset > 2_000) throw outOfRange(text, "Maximum SOQL offset allowed is 2000");
  const rows = sorted.slice(query.offset, query.limit === null ? undefined : query.offset + query.limit);
  return { type, rows, columns };
}

type Test = (row: RecordRow) => boolean;

function conditionOf(org: Org, text: string, type: ObjectType, condition: Condition): Test {
  if (condition.kind === "not") {
    const part = conditionOf(org, text, type, condition.part);
    return (row) => !part(row);
  }
  if (condition.kind === "and" || condition.kind === "or") {
    const parts = condition.parts.map((part) => conditionOf(org, text, type, part));
    return condition.kind === "and"
      ? (row) => parts.every((part) => part(row))
      : (row) => parts.some((part) => part(row));
  }
  const reached = reach(text, type, condition.path);
  const literals = condition.kind === "in" ? condition.literals : [condition.literal];
  const operator = condition.kind === "in" ? "=" : condition.operator;
  for (const literal of literals) checkFilter(text, condition.path, reached.field, operator, literal);
  const tests = literals.map((literal) => compare(operator, reached, literal));
  const negated = condition.kind === "in" && condition.negated;
  return (row) => {
    const value = valueAt(org, row, reached);
    return tests.some((test) => test(value)) !== negated;
  };
}

function compare(operator: string, { field }: Reached, literal: Literal): (value: Value) => boolean {
  if (operator === "LIKE") {
    const pattern = likePattern(literal.text);
    return (value) => value !== null && pattern.test(String(value));
  }
  const isNone = literal.kind === "null" || (literal.kind === "text" && literal.text === "");
  if (isNone) return operator === "=" ? (value) => value === null : (value) => value !== null;
  const wanted = comparable(
    field.type === "id" || field.type === "reference" ? readId(literal.text) : valueOf(literal),
  );
  const test = {
    "=": (a: Comparable, b: Comparable) => a === b,
    "<": (a: Comparable, b: Comparable) => a < b,
    "<=": (a: Comparable, b: Comparable) => a <= b,
    ">": (a: Comparable, b: Comparable) => a > b,
    ">=": (a: Comparable, b: Comparable) => a >= b,
  }[operator];
  if (!test) return (value) => value === null || comparable(value) !== wanted;
  return (value) => value !== null && test(comparable(value), wanted);
}

type Comparable = string | number;
const valueOf = ({ kind, text }: Literal): Value => {
  if (kind === "number") return Number(text);
  if (kind === "boolean") return text === "true";
  return kind === "moment" ? new Date(text).toISOString() : plainText(text);
};
/** Text is compared without its case. */
const comparable = (value: Value): Comparable =>
  typeof value === "number" ? value : typeof value === "string" ? value.toLowerCase() : String(value);

/** The value of a field over its relationships; null where one of them leads nowhere. */
export function valueAt(org: Org, row: RecordRow, { relations, field, polymorphic }: Reached): Value {
  const end = follow(org, row, relations);
  if (!end) return null;
  if (polymorphic && field.name === "Type") return objectOfId(end.id)?.name === "User" ? "User" : "Queue";
  return end.fields[field.name] ?? null;
}

/** The record at the end of relationships. */
export function follow(org: Org, row: RecordRow, relations: Reached["relations"]): RecordRow | null {
  let here: RecordRow | undefined = row;
  for (const { name } of relations) {
    const id: Value = here?.fields[name] ?? null;
    here = id === null ? undefined : org.get(objectOfId(String(id))!.name as ObjectName, String(id));
  }
  return here ?? null;
}

function sort(org: Org, text: string, type: ObjectType, { orderBy }: Query, rows: RecordRow[]): RecordRow[] {
  const orders = orderBy.map((order) => ({ ...order, reached: reach(text, type, order.path satisfies Path) }));
  return rows.toSorted((a, b) => {
    for (const { reached, descending, nullsLast } of orders) {
      const [x, y] = [valueAt(org, a, reached), valueAt(org, b, reached)];
      if (x === y) continue;
      if (x === null || y === null) return (x === null) === nullsLast ? 1 : -1;
      const [p, q] = [comparable(x), comparable(y)];
      if (p !== q) return p < q === descending ? 1 : -1;
    }
    return a.id < b.id ? -1 : 1;
  });
}
