import { Fraction, isDecimal } from "#shared/decimal.ts";
import type { ColumnType } from "./column-types.ts";

/** What a cell asks of its column's value. */
export type Condition =
  | { kind: "values"; values: readonly (string | boolean)[]; negated: boolean }
  | { kind: "range"; from: Bound | null; to: Bound | null }
  | { kind: "unknown" };
type Bound = { at: string; included: boolean };
export type Value = string | boolean | number | null;

/** Reads a condition cell: `A`, `[A, B]`, `not A`, `yes`, `> 30`, `10..20`, `unknown`. Throws RangeError with what is wrong. */
export function readCondition(cell: unknown, type: ColumnType): Condition {
  if (cell === "unknown") {
    if (!type.optional) throw new RangeError("the column is never unknown (its type has no ?)");
    return { kind: "unknown" };
  }
  if (type.kind === "number") return readRange(String(cell));
  if (type.kind === "flag") return { kind: "values", values: [readFlag(cell)], negated: false };
  const negated = typeof cell === "string" && cell.startsWith("not ");
  const listed = Array.isArray(cell) ? cell.map(String) : [String(cell).replace(/^not /, "")];
  if (listed.length === 0) throw new RangeError("the list is empty");
  for (const code of listed)
    if (type.kind === "code" && !type.codes.includes(code)) throw new RangeError(`there is no code ${code}`);
  return { kind: "values", values: listed, negated };
}

/** Reads a result cell. Throws RangeError with what is wrong. */
export function readResult(cell: unknown, type: ColumnType): Value {
  if (cell === undefined) {
    if (type.optional) return null;
    throw new RangeError("it is missing");
  }
  if (type.kind === "flag") return readFlag(cell);
  const text = String(cell);
  if (type.kind === "code" && !type.codes.includes(text)) throw new RangeError(`there is no code ${text}`);
  if (type.kind === "number" && !isDecimal(text)) throw new RangeError(`"${text}" is no number`);
  if (type.kind === "money" && !/^\d+\.\d\d$/.test(text))
    throw new RangeError(`"${text}" is no amount with two decimals`);
  if (type.kind === "percent" && !isPercent(text)) throw new RangeError(`"${text}" is no percentage from 0 to 100`);
  return text;
}

const isPercent = (text: string): boolean =>
  isDecimal(text) && new Fraction(text).gte(0) && new Fraction(text).lte(100);

function readFlag(cell: unknown): boolean {
  if (cell === "yes" || cell === true) return true;
  if (cell === "no" || cell === false) return false;
  throw new RangeError(`"${String(cell)}" is neither yes nor no`);
}

function readRange(text: string): Condition {
  const [, operator, bound] = /^(<=|>=|<|>)\s*(\S+)$/.exec(text) ?? [];
  const [low, high] = text.split("..");
  const numbers = bound ? [bound] : [low, high ?? low];
  if (!numbers.every((one) => one !== undefined && isDecimal(one.trim())))
    throw new RangeError(`"${text}" is no number, no comparison and no range`);
  const at = (of: string | undefined, included: boolean): Bound => ({ at: (of ?? "").trim(), included });
  if (operator === "<" || operator === "<=") return { kind: "range", from: null, to: at(bound, operator === "<=") };
  if (operator === ">" || operator === ">=") return { kind: "range", from: at(bound, operator === ">="), to: null };
  return { kind: "range", from: at(numbers[0], true), to: at(numbers[1], true) };
}

/** The condition in the engine's language. */
export function zenTerm(name: string, condition: Condition): string {
  if (condition.kind === "unknown") return `${name} == null`;
  if (condition.kind === "values")
    return `(${name} ${condition.negated ? "not in" : "in"} ${JSON.stringify(condition.values)})`;
  const { from, to } = condition;
  const above = from ? [`${name} ${from.included ? ">=" : ">"} ${from.at}`] : [];
  const below = to ? [`${name} ${to.included ? "<=" : "<"} ${to.at}`] : [];
  return [`${name} != null`, ...above, ...below].join(" and ");
}

/** Whether a value fits; the checks of a table look at every kind of value this way. */
export function fits(condition: Condition | undefined, value: Value): boolean {
  if (!condition) return true;
  if (condition.kind === "unknown") return value === null;
  if (condition.kind === "values") return condition.values.includes(value as string | boolean) !== condition.negated;
  if (value === null) return false;
  const number = new Fraction(String(value));
  const above =
    !condition.from || number.gt(condition.from.at) || (condition.from.included && number.equals(condition.from.at));
  const below =
    !condition.to || number.lt(condition.to.at) || (condition.to.included && number.equals(condition.to.at));
  return above && below;
}
