import type { SubgraphAnswer } from "../subgraph-client.ts";
import type { Entity } from "./run.ts";
import type { FieldShape, Leaf, Shape } from "./shape.ts";
import { Spliced } from "./spliced.ts";

/** Reads an answer's entities without parsing what is in them; undefined for every answer that isn't letter by letter what was asked for. */
export type ScanEntities = (text: string) => SubgraphAnswer | undefined;

/** Gives where a value ends, or -1 where it isn't one of its type. */
type Scan = (text: string, at: number) => number;

const HEAD = `{"data":{"_entities":[`;
const TAIL = "]}}";

/** A scanner for entities that consist of these fields, in this order. */
export function compileScan(fields: readonly (FieldShape & { kind: "value" })[]): ScanEntities {
  const parts = fields.map((field, index) => ({
    key: field.key,
    before: `${index > 0 ? "," : "{"}${JSON.stringify(field.key)}:`,
    scan: scanShape(field.shape),
  }));
  return (text) => {
    if (!text.startsWith(HEAD)) return undefined;
    const entities: (Entity | null)[] = [];
    let at = HEAD.length;
    // Some servers end their answers with a new line.
    const length = text.endsWith("\n") ? text.length - 1 : text.length;
    const end = length - TAIL.length;
    while (at < end) {
      if (entities.length > 0 && text.charCodeAt(at++) !== COMMA) return undefined;
      if (text.startsWith("null", at)) {
        entities.push(null);
        at += 4;
        continue;
      }
      const entity: Entity = {};
      for (const { key, before, scan } of parts) {
        if (!text.startsWith(before, at)) return undefined;
        const from = at + before.length;
        at = scan(text, from);
        if (at < 0) return undefined;
        entity[key] = new Spliced(text.slice(from, at));
      }
      if (text.charCodeAt(at++) !== CLOSE) return undefined;
      entities.push(entity);
    }
    return at === end && text.startsWith(TAIL, end) ? { data: { _entities: entities } } : undefined;
  };
}

const [QUOTE, COMMA, BACKSLASH, OPEN_LIST, CLOSE_LIST, CLOSE, ZERO, NINE, MINUS] = [...`",\\[]}09-`].map((sign) =>
  sign.charCodeAt(0),
) as [number, number, number, number, number, number, number, number, number];

function scanShape(shape: Shape): Scan {
  const scan = scanValue(shape);
  if (shape.nonNull) return scan;
  return (text, at) => (text.startsWith("null", at) ? at + 4 : scan(text, at));
}

function scanValue(shape: Shape): Scan {
  if (shape.kind === "leaf") return scanLeaf(shape.leaf);
  if (shape.kind === "list") return scanList(scanShape(shape.of));
  const fields = shape.object.fieldsOf(shape.object.concrete ?? "") ?? [];
  return scanObject(fields.flatMap((field) => (field.kind === "value" ? [field] : [])));
}

function scanObject(fields: readonly (FieldShape & { kind: "value" })[]): Scan {
  const parts = fields.map(({ key, shape }, index) => ({
    before: `${index > 0 ? "," : "{"}${JSON.stringify(key)}:`,
    scan: scanShape(shape),
  }));
  return (text, at) => {
    let to = at;
    for (const { before, scan } of parts) {
      if (!text.startsWith(before, to)) return -1;
      to = scan(text, to + before.length);
      if (to < 0) return -1;
    }
    return text.charCodeAt(to) === CLOSE ? to + 1 : -1;
  };
}

function scanList(scan: Scan): Scan {
  return (text, at) => {
    if (text.charCodeAt(at) !== OPEN_LIST) return -1;
    if (text.charCodeAt(at + 1) === CLOSE_LIST) return at + 2;
    for (let to = at + 1; ; to += 1) {
      to = scan(text, to);
      if (to < 0) return -1;
      const sign = text.charCodeAt(to);
      if (sign === CLOSE_LIST) return to + 1;
      if (sign !== COMMA) return -1;
    }
  };
}

function scanLeaf(leaf: Leaf): Scan {
  switch (leaf.is) {
    case "String":
    case "ID":
      return scanString;
    case "Int":
      return scanInt;
    case "Boolean":
      return (text, at) => (text.startsWith("true", at) ? at + 4 : text.startsWith("false", at) ? at + 5 : -1);
    case "enum": {
      const texts = [...leaf.texts.values()];
      return (text, at) => {
        const found = texts.find((value) => text.startsWith(value, at));
        return found === undefined ? -1 : at + found.length;
      };
    }
    case "Float":
    case "any":
      return () => -1;
  }
}

/** A string with all its escapes as JSON has them. */
function scanString(text: string, at: number): number {
  if (text.charCodeAt(at) !== QUOTE) return -1;
  for (let to = at + 1; to < text.length; to += 1) {
    const code = text.charCodeAt(to);
    if (code === QUOTE) return to + 1;
    if (code < 0x20) return -1;
    if (code !== BACKSLASH) continue;
    to += 1;
    if (text[to] === "u" && /^[0-9a-fA-F]{4}$/.test(text.slice(to + 1, to + 5))) to += 4;
    else if (!`"\\/bfnrt`.includes(text[to] ?? "x")) return -1;
  }
  return -1;
}

const MOST_DIGITS = 15;

function scanInt(text: string, at: number): number {
  const from = text.charCodeAt(at) === MINUS ? at + 1 : at;
  let to = from;
  for (let code = text.charCodeAt(to); code >= ZERO && code <= NINE; code = text.charCodeAt(to)) to += 1;
  const digits = to - from;
  if (digits === 0 || digits > MOST_DIGITS || (digits > 1 && text.charCodeAt(from) === ZERO)) return -1;
  // "-0" is written as 0.
  return digits === 1 && from > at && text.charCodeAt(from) === ZERO ? -1 : to;
}
