import Fraction from "fraction.js";

/** Exact inside, rounded once, half away from zero. Decimals are strings in rows. */
export const exact = (value: string): Fraction => new Fraction(value === "" ? "0" : value);

/** The value at so many places, with all of them. */
export function round(value: Fraction, places: number): string {
  const scaled = value.mul(10n ** BigInt(places));
  const whole = (2n * scaled.n + scaled.d) / (2n * scaled.d);
  const digits = whole.toString().padStart(places + 1, "0");
  const text = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  return scaled.s < 0n && whole > 0n ? `-${text}` : text;
}

/** To the cent. */
export const money = (value: Fraction): string => round(value, 2);

/** At most five places, without trailing zeros: quantities, unit prices, percents. */
export const plain = (value: Fraction): string => round(value, 5).replace(/\.?0+$/, "");

export const sum = (values: string[]): Fraction => values.reduce((total, value) => total.add(exact(value)), exact("0"));

export const isZero = (value: string): boolean => exact(value).equals(0);
export const isNegative = (value: string): boolean => exact(value).compare(0) < 0;
export const negate = (value: string): string =>
  isZero(value) ? value : value.startsWith("-") ? value.slice(1) : `-${value}`;
