import { type EntitySet, knownSet, type Navigation } from "./entity-sets.ts";
import { badRequest } from "./errors.ts";
import { type Filter, parseFilter } from "./filter.ts";

export type Query = {
  filter: Filter | null;
  select: string[] | null;
  expand: { navigation: Navigation; query: Query }[];
  orderBy: { name: string; descending: boolean }[];
  top: number | null;
  skip: number;
  count: boolean;
  skipToken: string | null;
};

const OPTIONS = [
  "$filter",
  "$select",
  "$expand",
  "$orderby",
  "$top",
  "$skip",
  "$count",
  "$skiptoken",
  "$schemaversion",
  "$format",
];

/** Parses the query part of a URL; an option that isn't known is refused. */
export function parseQuery(search: string, set: EntitySet): Query {
  const pairs = search.split("&").filter(Boolean).map(decodePair);
  const options = new Map(pairs.filter(([name]) => name.startsWith("$")));
  for (const name of options.keys())
    if (!OPTIONS.includes(name)) throw badRequest(`The query parameter '${name}' is not supported.`);
  return queryOf(options, set, options.get("$schemaversion") === "2.1");
}

function decodePair(pair: string): [string, string] {
  const [name = "", ...rest] = pair.split("=");
  try {
    const decode = (text: string) => decodeURIComponent(text.replaceAll("+", " "));
    return [decode(name), decode(rest.join("="))];
  } catch {
    throw badRequest(`The query part '${pair}' is not well encoded.`);
  }
}

function queryOf(options: Map<string, string>, set: EntitySet, schema21: boolean): Query {
  const filter = options.get("$filter");
  return {
    filter: filter ? parseFilter(filter, set.fields, set.type, { schema21 }) : null,
    select: options.has("$select") ? selected(options.get("$select")!, set) : null,
    expand: splitTop(options.get("$expand") ?? "", ",").map((part) => expansion(part, set, schema21)),
    orderBy: splitTop(options.get("$orderby") ?? "", ",").map((part) => orderOf(part, set)),
    top: number("$top", options.get("$top")),
    skip: number("$skip", options.get("$skip")) ?? 0,
    count: options.get("$count") === "true",
    skipToken: options.get("$skiptoken") ?? null,
  };
}

function number(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d+$/.test(text)) throw badRequest(`Invalid value '${text}' for ${name} query option found.`);
  return Number(text);
}

function selected(text: string, set: EntitySet): string[] {
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) if (name !== "*") checkProperty(name, set);
  return names.includes("*") ? set.fields.map((field) => field.name) : names;
}

function orderOf(part: string, set: EntitySet) {
  const [name = "", direction = "asc", ...rest] = part.split(/\s+/);
  if (rest.length > 0 || !["asc", "desc"].includes(direction))
    throw badRequest(`Syntax error at position 0 in '${part}'.`);
  checkProperty(name, set);
  return { name, descending: direction === "desc" };
}

function checkProperty(name: string, set: EntitySet) {
  if (set.fields.some((field) => field.name === name) || set.navigations.some((navigation) => navigation.name === name))
    return;
  throw badRequest(`Could not find a property named '${name}' on type 'Microsoft.NAV.${set.type}'.`);
}

function expansion(part: string, set: EntitySet, schema21: boolean) {
  const [, name = "", inner = ""] = /^([A-Za-z]+)(?:\((.*)\))?$/s.exec(part) ?? [];
  const navigation = set.navigations.find((each) => each.name === name);
  if (!navigation)
    throw badRequest(`Could not find a property named '${name || part}' on type 'Microsoft.NAV.${set.type}'.`);
  const options = new Map(
    splitTop(inner, ";").map((option): [string, string] => {
      const at = option.indexOf("=");
      return [option.slice(0, at).trim(), option.slice(at + 1)];
    }),
  );
  return { navigation, query: queryOf(options, knownSet(navigation.set), schema21) };
}

/** Splits outside of parentheses and quotes. */
function splitTop(text: string, separator: string): string[] {
  const parts = [""];
  let depth = 0;
  let quoted = false;
  for (const letter of text) {
    if (letter === "'") quoted = !quoted;
    if (!quoted) depth += letter === "(" ? 1 : letter === ")" ? -1 : 0;
    if (letter === separator && depth === 0 && !quoted) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter(Boolean);
}
