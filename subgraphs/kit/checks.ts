import { type CodeSet, isCode } from "#shared/codes.ts";
import { refuse, type UserError } from "#shared/errors.ts";
import { parseQuantity, type Quantity } from "#shared/quantity.ts";
import { moment } from "./connection.ts";

// What is wrong with an input, one user error each, with the path to it.

export type Field = string[];
type Problems = UserError[];

/** Digits before the point; no system keeps more. */
const MOST_DIGITS = 12;

/** Above zero, and no more decimals than the unit allows. */
export function checkQuantity({ value, unit }: Quantity, field: Field): Problems {
  if (typeof value !== "string")
    return [refuse("INVALID_INPUT", "A quantity's value is a decimal string.", [...field, "value"])];
  if (value.split(".")[0]!.length > MOST_DIGITS)
    return [
      refuse("INVALID_INPUT", `A quantity has at most ${MOST_DIGITS} digits before the point.`, [...field, "value"]),
    ];
  if (!isCode("units", unit)) return [refuse("UNKNOWN_CODE", `There is no unit ${unit}.`, [...field, "unit"])];
  try {
    parseQuantity({ value, unit });
    return [];
  } catch (error) {
    if (error instanceof RangeError) return [refuse("INVALID_INPUT", error.message, [...field, "value"])];
    throw error;
  }
}

export const checkCode = (set: CodeSet, code: string | null | undefined, field: Field): Problems =>
  code === null || code === undefined || isCode(set, code)
    ? []
    : [refuse("UNKNOWN_CODE", `There is no ${set.replace(/s$/, "")} ${code}.`, field)];

const LONGEST = 2_000;
/** Of what is looked for by its number or name. */
const LONGEST_NUMBER = 100;

export const checkText = (
  text: string | null | undefined,
  field: Field,
  { required = false, most = LONGEST } = {},
): Problems => {
  if (required && !text?.trim()) return [refuse("INVALID_INPUT", "This can't be empty.", field)];
  return (text?.length ?? 0) > most ? [refuse("INVALID_INPUT", `This has more than ${most} characters.`, field)] : [];
};

/** A number or name that others gave: there, and short enough for an index. */
export const checkNumber = (text: string, field: Field): Problems =>
  checkText(text, field, { required: true, most: LONGEST_NUMBER });

/** Each of them once, and of single pieces no more than there are pieces. */
export function checkSerials(
  serials: readonly string[] | null | undefined,
  { value, unit }: Quantity,
  field: Field,
): Problems {
  const given = serials ?? [];
  const tooMany = unit === "EA" && /^[1-9]\d*$/.test(value) && new Set(given).size > Number(value);
  return [
    ...checkDistinct(given, field),
    ...given.flatMap((serial, at) => checkNumber(serial, [...field, String(at)])),
    ...(tooMany ? [refuse("INVALID_INPUT", `These are ${given.length} serials of ${value} ${unit}.`, field)] : []),
  ];
}

/** Text that can't be kept: U+0000, half of a surrogate pair, a book. Any value of an input, however deep. */
export function checkKeepable(value: unknown, field: Field = []): Problems {
  if (typeof value === "string")
    return isKeepable(value)
      ? checkText(value, field)
      : [refuse("INVALID_INPUT", "This has a character that can't be kept.", field)];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => checkKeepable(inner, [...field, name]));
}

const isKeepable = (text: string): boolean => !text.includes("\0") && text.isWellFormed();

const CLOCK_SKEW_MS = 300_000;
/** Before this nothing of ours can have happened. */
const EARLIEST = Date.UTC(2000, 0);

/** An RFC 3339 time that is not yet to come. */
export function checkPast(text: string, field: Field): Problems {
  try {
    const time = moment(text, field.join(".")).getTime();
    if (time < EARLIEST) return [refuse("INVALID_INPUT", "This time is too long ago.", field)];
    return time <= Date.now() + CLOCK_SKEW_MS ? [] : [refuse("INVALID_INPUT", "This time is yet to come.", field)];
  } catch {
    return [refuse("INVALID_INPUT", `${JSON.stringify(text)} is no RFC 3339 time.`, field)];
  }
}

export function checkDistinct(values: readonly string[] | null | undefined, field: Field): Problems {
  const seen = new Set(values ?? []);
  return seen.size === (values?.length ?? 0) ? [] : [refuse("INVALID_INPUT", "One of these is named twice.", field)];
}

const MOST_LINES = 200;

export const checkLines = (lines: readonly unknown[], field: Field = ["lines"]): Problems => {
  if (lines.length === 0) return [refuse("INVALID_INPUT", "Name at least one line.", field)];
  return lines.length > MOST_LINES ? [refuse("INVALID_INPUT", `At most ${MOST_LINES} lines at once.`, field)] : [];
};
