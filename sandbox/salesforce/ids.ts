const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/** The record id of a number: the object's three letters, twelve digits, and the three that tell upper from lower case. */
export function recordId(prefix: string, number: number): string {
  let rest = number;
  let text = "";
  while (rest > 0) {
    text = DIGITS[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return withSuffix(`${prefix}Bk${text.padStart(10, "0")}`);
}

/** The 18 letters of an id of 15. */
function withSuffix(id: string): string {
  const parts = [0, 5, 10].map((from) =>
    [...id.slice(from, from + 5)].reduce((bits, letter, at) => (/[A-Z]/.test(letter) ? bits | (1 << at) : bits), 0),
  );
  return id + parts.map((bits) => SUFFIX[bits]).join("");
}

/** The 18 letters of a record id as a client wrote it, of 15 or 18; null where it is none. */
export function readId(text: string): string | null {
  if (!/^[0-9A-Za-z]{15}([0-9A-Za-z]{3})?$/.test(text)) return null;
  return text.length === 18 ? text : withSuffix(text);
}
