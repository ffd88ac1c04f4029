import { ODataError, badRequest } from "./errors.ts";
import { type Field, literalOf, type Value } from "./fields.ts";

export type Entity = { readonly id: string; readonly [field: string]: Value };
export type Test = (row: Entity) => boolean;
/** A parsed filter: the test, the fields that any part of it names, and the values that `eq` asks of each. */
export type Filter = { test: Test; names: Set<string>; equals: Map<string, Set<Value>> };

type Token = { kind: "name" | "string" | "literal" | "(" | ")" | "," | "end"; text: string; at: number };
const TOKENS = /\s*(?:(?<string>'(?:[^']|'')*')|(?<punct>[(),])|(?<word>[^\s(),']+))/y;
const COMPARISONS = new Set(["eq", "ne", "gt", "ge", "lt", "le"]);
const FUNCTIONS = new Set(["contains", "startswith", "endswith"]);

/** Parses `$filter` as Business Central takes it; `or` joins conditions on one field only, `in` needs schema version 2.1. */
export function parseFilter(text: string, fields: readonly Field[], type: string, { schema21 = false } = {}): Filter {
  const tokens = tokenize(text);
  let position = 0;
  const peek = () => tokens[position]!;
  const next = () => tokens[position++]!;
  const isWord = (word: string) => peek().kind === "name" && peek().text === word;
  const syntaxError = (token = peek()) => badRequest(`Syntax error at position ${token.at} in '${text}'.`);
  const expect = (kind: Token["kind"]) => {
    if (peek().kind !== kind) throw syntaxError();
    return next();
  };

  const anyOf = (): Filter => {
    const parts = [allOf()];
    while (isWord("or")) void (next(), parts.push(allOf()));
    return parts.length === 1 ? parts[0]! : either(parts);
  };
  const allOf = (): Filter => {
    const parts = [unary()];
    while (isWord("and")) void (next(), parts.push(unary()));
    return parts.length === 1 ? parts[0]! : all(parts);
  };
  const unary = (): Filter => {
    if (isWord("not")) {
      next();
      const { test, names } = unary();
      return { test: (row) => !test(row), names, equals: new Map() };
    }
    if (peek().kind !== "(") return condition();
    next();
    const inner = anyOf();
    expect(")");
    return inner;
  };
  const condition = (): Filter => {
    const name = expect("name");
    if (FUNCTIONS.has(name.text) && peek().kind === "(") return call(name.text);
    const field = fieldOf(name);
    const operator = expect("name");
    if (operator.text === "in" && schema21) return among(field);
    if (!COMPARISONS.has(operator.text)) throw syntaxError(operator);
    return comparison(field, operator.text, literal(field));
  };
  const call = (name: string): Filter => {
    expect("(");
    const field = fieldOf(expect("name"));
    expect(",");
    const value = String(literal(field));
    expect(")");
    const tests: Record<string, Test> = {
      contains: (row) => String(row[field.name]).includes(value),
      startswith: (row) => String(row[field.name]).startsWith(value),
      endswith: (row) => String(row[field.name]).endsWith(value),
    };
    return { test: tests[name]!, names: new Set([field.name]), equals: new Map() };
  };
  const among = (field: Field): Filter => {
    expect("(");
    const parts = [comparison(field, "eq", literal(field))];
    while (peek().kind === ",") void (next(), parts.push(comparison(field, "eq", literal(field))));
    expect(")");
    return either(parts);
  };
  const fieldOf = (token: Token): Field => {
    const field = fields.find(({ name }) => name === token.text);
    if (!field) throw badRequest(`Could not find a property named '${token.text}' on type 'Microsoft.NAV.${type}'.`);
    return field;
  };
  const literal = (field: Field): Value => {
    const token = next();
    if (token.kind !== "string" && token.kind !== "literal" && token.kind !== "name") throw syntaxError(token);
    const value = literalOf(field, token.text, token.kind === "string");
    if (value === undefined)
      throw badRequest(
        `A value with incompatible type was compared with '${field.name}' at position ${token.at} in '${text}'.`,
      );
    if (field.length > 0 && String(value).length > field.length) throw filterTooLong(field, String(value), type);
    return value;
  };

  const filter = anyOf();
  if (peek().kind !== "end") throw syntaxError();
  return filter;
}

function comparison(field: Field, operator: string, wanted: Value): Filter {
  const compare =
    field.type === "decimal"
      ? (row: Entity) => Number(row[field.name]) - Number(wanted)
      : (row: Entity) => order(row[field.name] ?? "", wanted);
  const tests: Record<string, Test> = {
    eq: (row) => compare(row) === 0,
    ne: (row) => compare(row) !== 0,
    gt: (row) => compare(row) > 0,
    ge: (row) => compare(row) >= 0,
    lt: (row) => compare(row) < 0,
    le: (row) => compare(row) <= 0,
  };
  const equals =
    operator === "eq" && field.type !== "decimal"
      ? new Map([[field.name, new Set([wanted])]])
      : new Map<string, Set<Value>>();
  return { test: tests[operator]!, names: new Set([field.name]), equals };
}

const order = (a: Value, b: Value) => (a === b ? 0 : a < b ? -1 : 1);

function either(parts: Filter[]): Filter {
  const names = new Set(parts.flatMap((part) => [...part.names]));
  if (names.size > 1) throw badRequest("The 'OR' operator is not supported on distinct fields on an OData filter.");
  const [name] = [...names];
  const wanted = parts.map((part) => part.equals.get(name!));
  if (wanted.some((values) => !values))
    return { test: (row) => parts.some((part) => part.test(row)), names, equals: new Map() };
  const values = new Set(wanted.flatMap((each) => [...each!]));
  return { test: (row) => values.has(row[name!]!), names, equals: new Map([[name!, values]]) };
}

function all(parts: Filter[]): Filter {
  const equals = new Map(parts.flatMap((part) => [...part.equals]));
  return {
    test: (row) => parts.every((part) => part.test(row)),
    names: new Set(parts.flatMap((part) => [...part.names])),
    equals,
  };
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKENS.lastIndex = 0;
  while (TOKENS.lastIndex < text.trimEnd().length) {
    const at = TOKENS.lastIndex;
    const groups = TOKENS.exec(text)?.groups;
    if (!groups) throw badRequest(`Syntax error at position ${at} in '${text}'.`);
    tokens.push(tokenOf(groups, at));
  }
  return [...tokens, { kind: "end", text: "", at: text.length }];
}

function tokenOf(groups: Record<string, string | undefined>, at: number): Token {
  if (groups["string"] !== undefined)
    return { kind: "string", text: groups["string"].slice(1, -1).replaceAll("''", "'"), at };
  if (groups["punct"] !== undefined) return { kind: groups["punct"] as "(", text: groups["punct"], at };
  const word = groups["word"]!;
  return { kind: /^[A-Za-z_][A-Za-z0-9_]*$/.test(word) ? "name" : "literal", text: word, at };
}

const filterTooLong = (field: Field, value: string, type: string) =>
  new ODataError(
    400,
    "Application_FilterErrorException",
    `The filter "${value}" is not valid for the ${field.name} field on the ${type} table. The length of the string is ${value.length}, but it must be less than or equal to ${field.length} characters. Value: ${value}`,
  );
