import { malformed, type Token, tokensOf } from "./soql-tokens.ts";

export type Path = { text: string; at: number };
export type Literal = { kind: "text" | "number" | "moment" | "boolean" | "null"; text: string; at: number };
export type Condition =
  | { kind: "and"; parts: Condition[] }
  | { kind: "or"; parts: Condition[] }
  | { kind: "not"; part: Condition }
  | { kind: "compare"; path: Path; operator: string; literal: Literal }
  | { kind: "in"; path: Path; negated: boolean; literals: Literal[] };
export type Query = {
  /** Null: `SELECT COUNT()`. */
  paths: Path[] | null;
  from: Path;
  where: Condition | null;
  orderBy: { path: Path; descending: boolean; nullsLast: boolean }[];
  limit: number | null;
  offset: number;
};

const operators = ["=", "!=", "<>", "<", "<=", ">", ">="];

/** Reads the part of SOQL that we need, strictly: anything else is MALFORMED_QUERY. */
export function parseSoql(text: string): Query {
  const tokens = tokensOf(text);
  let next = 0;
  const peek = () => tokens[next]!;
  const take = () => tokens[next++]!;
  const isWord = (word: string, token = peek()) => token.kind === "word" && token.text.toUpperCase() === word;
  const unexpected = (token: Token): never => {
    throw malformed(text, token.at, `unexpected token: '${token.text}'`);
  };
  const skip = (word: string): boolean => (isWord(word) ? (take(), true) : false);
  const expect = (...words: string[]) => words.forEach((word) => void (skip(word) || unexpected(peek())));
  const isSign = (sign: string) => peek().kind === "sign" && peek().text === sign;
  const sign = (wanted: string) => (isSign(wanted) ? take() : unexpected(peek()));
  const path = (): Path => {
    const token = take();
    return token.kind === "word" ? { text: token.text, at: token.at } : unexpected(token);
  };
  const whole = (): number => {
    const token = take();
    return token.kind === "number" && /^\d+$/.test(token.text) ? Number(token.text) : unexpected(token);
  };

  const literal = (): Literal => {
    const token = take();
    if (token.kind === "text" || token.kind === "number" || token.kind === "moment")
      return { kind: token.kind, text: token.text, at: token.at };
    if (isWord("NULL", token)) return { kind: "null", text: "null", at: token.at };
    if (isWord("TRUE", token) || isWord("FALSE", token))
      return { kind: "boolean", text: token.text.toLowerCase(), at: token.at };
    return unexpected(token);
  };
  const list = <Item>(item: () => Item): Item[] => {
    const items = [item()];
    while (isSign(",")) {
      take();
      items.push(item());
    }
    return items;
  };

  const comparison = (): Condition => {
    const field = path();
    if (peek().kind === "sign" && operators.includes(peek().text))
      return { kind: "compare", path: field, operator: take().text, literal: literal() };
    if (skip("LIKE")) return { kind: "compare", path: field, operator: "LIKE", literal: literal() };
    const negated = skip("NOT");
    expect("IN");
    sign("(");
    const literals = list(literal);
    sign(")");
    return { kind: "in", path: field, negated, literals };
  };
  const factor = (): Condition => {
    if (skip("NOT")) return { kind: "not", part: factor() };
    if (!isSign("(")) return comparison();
    take();
    const inner = condition();
    sign(")");
    return inner;
  };
  /** AND and OR may not be mixed without brackets: the real one says so, too. */
  const condition = (): Condition => {
    const parts = [factor()];
    const word = isWord("AND") ? "AND" : "OR";
    while (skip(word)) parts.push(factor());
    if (isWord("AND") || isWord("OR")) unexpected(peek());
    return parts.length === 1 ? parts[0]! : { kind: word === "AND" ? "and" : "or", parts };
  };
  const order = () => {
    const field = path();
    const descending = skip("DESC") || (skip("ASC"), false);
    let nullsLast = descending;
    if (skip("NULLS")) {
      nullsLast = skip("LAST");
      if (!nullsLast) expect("FIRST");
    }
    return { path: field, descending, nullsLast };
  };
  const selected = (): Path[] | null => {
    if (!isWord("COUNT") || tokens[next + 1]?.text !== "(") return list(path);
    take();
    sign("(");
    sign(")");
    return null;
  };

  expect("SELECT");
  const paths = selected();
  expect("FROM");
  const from = path();
  const where = skip("WHERE") ? condition() : null;
  const orderBy = isWord("ORDER") ? (expect("ORDER", "BY"), list(order)) : [];
  const limit = skip("LIMIT") ? whole() : null;
  const offset = skip("OFFSET") ? whole() : 0;
  if (peek().kind !== "end") unexpected(peek());
  return { paths, from, where, orderBy, limit, offset };
}
