import { badRequest, readOnly, tooLong } from "./errors.ts";
import { exact, plain, round } from "./decimals.ts";

export type FieldType = "guid" | "code" | "text" | "option" | "int" | "decimal" | "date" | "datetime" | "boolean";
export type Field = Readonly<{ name: string; type: FieldType; length: number; readOnly: boolean; options: string[] }>;
/** Decimals are strings, blank guids and dates are empty. */
export type Value = string | number | boolean;
export type Input = Readonly<Record<string, Value>>;

const EMPTY_GUID = "00000000-0000-0000-0000-000000000000";
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const BLANKS: Record<FieldType, Value> = {
  guid: "",
  code: "",
  text: "",
  option: "",
  int: 0,
  decimal: "0",
  date: "",
  datetime: "",
  boolean: false,
};

/** Reads `name type` pairs: guid, int, decimal, date, datetime, boolean, c20 (Code), t100 (text), o(A|B) (option); `!` is read-only. */
export function fields(spec: string): Field[] {
  return spec.split(/,\s+/).map((pair) => {
    const [, name, kind, sized, length, options, mark] =
      /^(\S+) ([a-z]+?|([ct])(\d+)|o\(([^)]*)\))(!?)$/.exec(pair.trim()) ?? [];
    if (!name || !kind) throw new Error(`not a field: ${pair}`);
    const type =
      options !== undefined ? "option" : sized === "c" ? "code" : sized === "t" ? "text" : (kind as FieldType);
    return { name, type, length: Number(length ?? 0), readOnly: mark === "!", options: options?.split("|") ?? [] };
  });
}

export const blank = (field: Field): Value => BLANKS[field.type];

/** Option values come back with what is no name character encoded. */
const encodeOption = (value: string) =>
  value.replace(
    /[^A-Za-z0-9_.-]/g,
    (letter) => `_x${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`,
  );
const decodeOption = (value: string) =>
  value.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));

/** A stored value as JSON. */
export function toWire(field: Field, value: Value | undefined): Value {
  if (value === undefined) return toWire(field, blank(field));
  if (field.type === "decimal") return Number(value);
  if (field.type === "option") return encodeOption(String(value));
  if (value !== "") return value;
  return field.type === "guid"
    ? EMPTY_GUID
    : field.type === "date"
      ? "0001-01-01"
      : field.type === "datetime"
        ? "0001-01-01T00:00:00Z"
        : value;
}

/** A value of a request's body as it is stored; the error that the real one gives where it doesn't fit. */
export function fromWire(field: Field, value: unknown): Value {
  if (field.readOnly) throw readOnly(field.name);
  if (value === null) return blank(field);
  if (field.type === "boolean" || field.type === "int" || field.type === "decimal") return plainValue(field, value);
  if (typeof value !== "string") throw unconvertible(field, value);
  return field.type === "code" || field.type === "text" ? sized(field, value) : formatted(field, value);
}

function plainValue(field: Field, value: unknown): Value {
  if (field.type === "boolean") {
    if (typeof value === "boolean") return value;
    throw unconvertible(field, value);
  }
  if (typeof value !== "number" || !Number.isFinite(value)) throw unconvertible(field, value);
  if (field.type === "int" && !Number.isInteger(value)) throw unconvertible(field, value);
  return field.type === "int" ? value : plain(exact(decimalText(value)));
}

/** JSON numbers in e-notation are decimals too. */
const decimalText = (value: number) => (/e/i.test(String(value)) ? round(exact(value.toFixed(10)), 10) : String(value));

function sized(field: Field, value: string): string {
  const text = field.type === "code" ? value.trim().toUpperCase() : value;
  if (field.length > 0 && text.length > field.length) throw tooLong(text.length, field.length, text);
  return text;
}

function formatted(field: Field, value: string): string {
  if (field.type === "guid" && GUID.test(value)) return value === EMPTY_GUID ? "" : value.toLowerCase();
  if (field.type === "date" && (value === "" || DATE.test(value))) return value === "0001-01-01" ? "" : value;
  if (field.type === "datetime" && !Number.isNaN(Date.parse(value))) return new Date(value).toISOString();
  if (field.type === "option" && field.options.includes(decodeOption(value))) return decodeOption(value);
  throw unconvertible(field, value);
}

const typeNames: Record<FieldType, string> = {
  guid: "Guid",
  code: "String",
  text: "String",
  option: "Option",
  int: "Int32",
  decimal: "Decimal",
  date: "Date",
  datetime: "DateTimeOffset",
  boolean: "Boolean",
};
const unconvertible = (field: Field, value: unknown) =>
  badRequest(`Unable to convert value '${String(value)}' of '${field.name}' to ${typeNames[field.type]}.`);

/** A literal of a filter, made comparable with stored values of the field. */
export function literalOf(field: Field, text: string, quoted: boolean): Value | undefined {
  if (field.type === "code") return quoted ? text.trim().toUpperCase() : undefined;
  if (field.type === "text") return quoted ? text : undefined;
  if (field.type === "option") return quoted ? decodeOption(text) : undefined;
  if (quoted) return undefined;
  if (field.type === "boolean") return text === "true" ? true : text === "false" ? false : undefined;
  if (field.type === "guid") return GUID.test(text) ? (text === EMPTY_GUID ? "" : text.toLowerCase()) : undefined;
  if (field.type === "date") return DATE.test(text) ? (text === "0001-01-01" ? "" : text) : undefined;
  if (field.type === "datetime") return Number.isNaN(Date.parse(text)) ? undefined : new Date(text).toISOString();
  return /^-?\d+(\.\d+)?$/.test(text) ? (field.type === "int" ? Number(text) : text) : undefined;
}
