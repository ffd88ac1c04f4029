import { Fraction, parseDecimal, sum, toFixed } from "./decimal.ts";

export type Money = { amount: string; currency: string };

/** Reads an amount with at most two decimals. Throws RangeError. */
export function parseMoney(text: string): Fraction {
  const value = parseDecimal(text);
  if (!value.mul(100).divisible(1)) throw new RangeError(`"${text}" has more than two decimals.`);
  return value;
}

/** Rounded once, at the cent, half away from zero, two decimals: 43.425 → "43.43", -43.425 → "-43.43" (vocabulary section 8). */
export const formatMoney = (value: Fraction): string => toFixed(value, 2);

/** The cent value nearest to an exact fraction, half away from zero. */
export const toCent = (value: Fraction): Fraction => new Fraction(formatMoney(value));

/** The sum of amounts, as text. */
export const addMoney = (...amounts: string[]): string => formatMoney(sum(amounts.map(parseMoney)));

export const subtractMoney = (from: string, amount: string): string =>
  formatMoney(parseMoney(from).sub(parseMoney(amount)));
