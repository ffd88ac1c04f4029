/** A name or list of columns that stands in our code, never one that came from outside. */
export type Columns = { readonly columns: string };
export const columns = (names: string): Columns => ({ columns: names });
/** Text that a field holds somewhere, `%` and `_` meaning themselves. */
export type Holds = { readonly holds: string };
export const holding = (text: string): Holds => ({ holds: text });

type Part = string | number | readonly string[] | Columns | Holds;

/**
 * The only way to a statement: what is put in is always a literal, escaped by what it is. A string becomes `'…'`, a list `('…', '…')`.
 * Throws RangeError for a list without members, which SOQL can't say.
 */
export function soql(texts: TemplateStringsArray, ...parts: readonly Part[]): string {
  return texts.map((text, at) => text + (at < parts.length ? literal(parts[at]!) : "")).join("");
}

function literal(part: Part): string {
  if (typeof part === "string") return quoted(part);
  if (typeof part === "number") return String(Math.trunc(part));
  if ("columns" in part) return part.columns;
  if ("holds" in part) return `'%${escaped(part.holds).replace(/[%_]/g, "\\$&")}%'`;
  if (part.length === 0) throw new RangeError("an empty list is no SOQL");
  return `(${part.map(quoted).join(", ")})`;
}

const quoted = (text: string): string => `'${escaped(text)}'`;

const escapes: Record<string, string> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
};
// oxlint-disable-next-line no-control-regex
const escaped = (text: string): string => text.replace(/[\\'"\n\r\t\b\f]/g, (sign) => escapes[sign]!);

/** Room for the list in one URL, well below the 16,384 letters that the org takes. */
const longestList = 6_000;

// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f]/;

/** What can be the value of a field of that length, without doubles; the rest is left out, because no record has it. */
export const askable = (values: readonly string[], length: number): string[] =>
  [...new Set(values)].filter((value) => value !== "" && value.length <= length && !control.test(value));

/** Lists as long as URLs have room for. */
export function inLists(values: readonly string[]): string[][] {
  const lists: string[][] = [];
  let room = 0;
  for (const value of values) {
    const length = encodeURIComponent(quoted(value)).length + 5;
    if (length > room) {
      lists.push([]);
      room = longestList;
    }
    lists.at(-1)!.push(value);
    room -= length;
  }
  return lists;
}
