// Where a JSON value in a text ends. Each throws what `giveUp` throws where there is no such value.

const GAVE_UP = new Error("the text is not as it should be");

export const giveUp = (): never => {
  throw GAVE_UP;
};

/** What `work` gives; undefined where it gave up. */
export function unlessGivenUp<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (error !== GAVE_UP) throw error;
    return undefined;
  }
}

const [QUOTE, BACKSLASH, ZERO, NINE, MINUS] = [...`"\\09-`].map((sign) => sign.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
];

/** A string with all its escapes as JSON has them. */
export function stringEnd(text: string, at: number): number {
  if (text.charCodeAt(at) !== QUOTE) return giveUp();
  for (let to = at + 1; to < text.length; to += 1) {
    const code = text.charCodeAt(to);
    if (code === QUOTE) return to + 1;
    if (code < 0x20) return giveUp();
    if (code !== BACKSLASH) continue;
    to += 1;
    if (text[to] === "u" && /^[0-9a-fA-F]{4}$/.test(text.slice(to + 1, to + 5))) to += 4;
    else if (!`"\\/bfnrt`.includes(text[to] ?? "x")) return giveUp();
  }
  return giveUp();
}

const MOST_DIGITS = 15;

/** A whole number as we would write it. */
export function intEnd(text: string, at: number): number {
  const from = text.charCodeAt(at) === MINUS ? at + 1 : at;
  let to = from;
  for (let code = text.charCodeAt(to); code >= ZERO && code <= NINE; code = text.charCodeAt(to)) to += 1;
  const digits = to - from;
  if (digits === 0 || digits > MOST_DIGITS || (digits > 1 && text.charCodeAt(from) === ZERO)) return giveUp();
  // "-0" is written as 0.
  return digits === 1 && from > at && text.charCodeAt(from) === ZERO ? giveUp() : to;
}

export function booleanEnd(text: string, at: number): number {
  if (text.startsWith("true", at)) return at + 4;
  return text.startsWith("false", at) ? at + 5 : giveUp();
}

/** One of these texts. */
export function oneOfEnd(text: string, at: number, texts: readonly string[]): number {
  for (const each of texts) if (text.startsWith(each, at)) return at + each.length;
  return giveUp();
}

/** Any value that is neither an object nor a list. */
export function scalarEnd(text: string, at: number): number {
  if (text.charCodeAt(at) === QUOTE) return stringEnd(text, at);
  scalar.lastIndex = at;
  return scalar.test(text) ? scalar.lastIndex : giveUp();
}
const scalar = /null|true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** The value that stands between two places. */
export function valueAt(text: string, from: number, to: number): unknown {
  if (text.charCodeAt(from) !== QUOTE) return JSON.parse(text.slice(from, to));
  const inner = text.slice(from + 1, to - 1);
  return inner.includes("\\") ? JSON.parse(text.slice(from, to)) : inner;
}
