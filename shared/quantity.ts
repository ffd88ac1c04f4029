import { Fraction, parseDecimal, toPlain } from "./decimal.ts";

export type Quantity = { value: string; unit: string };

/** Decimals that a unit allows (vocabulary section 2); another unit: as its mapping says. */
export const decimalsPerUnit: Readonly<Record<string, number>> = {
  EA: 0,
  CS: 0,
  BX: 0,
  PK: 0,
  PR: 0,
  SET: 0,
  M: 3,
  FT: 3,
  KG: 3,
  LB: 3,
  L: 3,
  GAL: 3,
};
const SHOWN_DECIMALS = 5;

/**
 * Reads a quantity that somebody sent: above zero, no more decimals than its unit allows. `mapped` adds units of a mapping.
 * Throws RangeError with a sentence; an unknown unit allows what is shown (5).
 */
export function parseQuantity({ value, unit }: Quantity, mapped: Readonly<Record<string, number>> = {}): Fraction {
  const quantity = parseDecimal(value);
  if (quantity.lte(0)) throw new RangeError(`A quantity must be above zero, and this is ${value} ${unit}.`);
  const places = mapped[unit] ?? decimalsPerUnit[unit] ?? SHOWN_DECIMALS;
  if (!quantity.mul(10n ** BigInt(places)).divisible(1))
    throw new RangeError(`${value} ${unit} has more decimals than the ${places} that ${unit} allows.`);
  return quantity;
}

/** Plain, exact base quantity. Throws RangeError where it has no end (a base quantity is a product of decimals, so it has). */
export function formatBase(value: Fraction): string {
  const text = toPlain(value, 12);
  if (!new Fraction(text).equals(value)) throw new RangeError(`${value.toFraction()} is no exact base quantity.`);
  return text;
}

/** Value in its unit → base units, exact (D-18). `factor`: base units in one unit. */
export const toBase = (value: string, factor: string): string =>
  formatBase(parseDecimal(value).mul(parseDecimal(factor)));

/** Base units → the unit's value, at most 5 decimals (vocabulary section 7). */
export const fromBase = (base: Fraction, factor: string): string =>
  toPlain(base.div(parseDecimal(factor)), SHOWN_DECIMALS);
