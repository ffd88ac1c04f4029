import Fraction from "fraction.js";

export { Fraction };

const decimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** Reads a decimal string strictly: digits, one point, a leading minus. Throws RangeError for everything else: "1e3", "1,000", "01", " 1", "". */
export function parseDecimal(text: string): Fraction {
  if (!decimal.test(text)) throw new RangeError(`"${text}" is no decimal number.`);
  return new Fraction(text);
}

export const isDecimal = (text: string): boolean => decimal.test(text);

/** Rounded to `places`, half away from zero, with exactly so many digits after the point. "-0" does not occur. */
export function toFixed(value: Fraction, places: number): string {
  const scaled = value.n * 10n ** BigInt(places);
  const whole = (scaled * 2n + value.d) / (value.d * 2n);
  const digits = String(whole).padStart(places + 1, "0");
  const text = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  return value.s < 0n && whole !== 0n ? `-${text}` : text;
}

/** Without trailing zeros, rounded half away from zero where it has more than `places` decimals. */
export function toPlain(value: Fraction, places: number): string {
  const text = toFixed(value, places);
  return text.includes(".") ? text.replace(/\.?0+$/, "").replace(/^-0$/, "0") : text;
}

export const sum = (values: Iterable<Fraction>): Fraction => {
  let total = new Fraction(0);
  for (const value of values) total = total.add(value);
  return total;
};
export const least = (a: Fraction, b: Fraction): Fraction => (a.lt(b) ? a : b);
export const most = (a: Fraction, b: Fraction): Fraction => (a.gt(b) ? a : b);
export const zero: Fraction = new Fraction(0);
