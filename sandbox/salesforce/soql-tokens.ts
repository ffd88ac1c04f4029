import { SalesforceError } from "./errors.ts";

export type Token = {
  kind: "word" | "text" | "number" | "moment" | "sign" | "end";
  text: string;
  at: number;
};

/** What a query is refused with: the statement, and where in it the mistake is. */
export function malformed(query: string, at: number, what: string): SalesforceError {
  return refusedQuery("MALFORMED_QUERY", query, at, what);
}
export function refusedQuery(code: string, query: string, at: number, what: string): SalesforceError {
  const excerpt = query.slice(Math.max(0, at - 40), at + 40);
  return new SalesforceError(
    400,
    code,
    `\n${excerpt}\n${" ".repeat(Math.min(at, 40))}^\nERROR at Row:1:Column:${at + 1}\n${what}`,
  );
}

const patterns: [Token["kind"] | "blank", RegExp][] = [
  ["blank", /\s+/y],
  ["moment", /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d)/y],
  ["number", /-?\d+(?:\.\d+)?(?![\w.])/y],
  ["word", /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/y],
  ["sign", /<=|>=|!=|<>|[=<>(),]/y],
];
const escapes: Record<string, string> = {
  n: "\n",
  N: "\n",
  r: "\r",
  R: "\r",
  t: "\t",
  T: "\t",
  b: "\b",
  B: "\b",
  f: "\f",
  F: "\f",
  '"': '"',
  "'": "'",
  "\\": "\\",
};

/** Cuts a SOQL statement into tokens; throws MALFORMED_QUERY where it is none. Text keeps `\_` and `\%`, which only LIKE reads. */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < query.length) {
    const token = query[at] === "'" ? textAt(query, at) : plainAt(query, at);
    if (token.kind !== "blank") tokens.push(token as Token);
    at = token.end;
  }
  return [...tokens, { kind: "end", text: "<EOF>", at }];
}

function plainAt(query: string, at: number) {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const [text] = pattern.exec(query) ?? [];
    if (text !== undefined) return { kind, text, at, end: at + text.length };
  }
  throw malformed(query, at, `line 1:${at} no viable alternative at character '${query[at]}'`);
}

function textAt(query: string, at: number) {
  let text = "";
  for (let here = at + 1; here < query.length; here += 1) {
    const sign = query[here]!;
    if (sign === "'") return { kind: "text" as const, text, at, end: here + 1 };
    if (sign === "\n" || sign === "\r") break;
    if (sign !== "\\") {
      text += sign;
      continue;
    }
    here += 1;
    const escaped = query[here] ?? "";
    if (escaped === "_" || escaped === "%") text += `\\${escaped}`;
    else if (escaped in escapes) text += escaped === "\\" ? "\\\\" : escapes[escaped];
    else
      throw malformed(
        query,
        at,
        `Invalid string literal '${query.slice(at + 1, here + 1)}'. Illegal character sequence '\\${escaped}' in string literal.`,
      );
  }
  throw malformed(query, at, "unexpected end of string literal: a quote is missing");
}

/** The text of a literal outside of LIKE. */
export const plainText = (text: string): string => text.replace(/\\([\\_%])/g, "$1");

/** The literal of a LIKE as what it matches: `%` any letters, `_` one. */
export function likePattern(text: string): RegExp {
  const parts = text.match(/\\[\\_%]|[\s\S]/g) ?? [];
  const source = parts.map((part) => {
    if (part === "%") return "[\\s\\S]*";
    if (part === "_") return "[\\s\\S]";
    return (part.length === 2 ? part[1]! : part).replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
  });
  return new RegExp(`^${source.join("")}$`, "i");
}
