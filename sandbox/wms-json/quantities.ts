import Fraction from "fraction.js";
import type { Item } from "../seed/types.ts";
import type { Quantity } from "./wire.ts";

/** a + b of decimal strings, exactly. */
export const plus = (a: string, b: string): string => text(new Fraction(a).add(b));
export const minus = (a: string, b: string): string => text(new Fraction(a).sub(b));
export const negative = (a: string): string => minus("0", a);
export const sum = (values: string[]): string =>
  text(values.reduce((total, value) => total.add(value), new Fraction(0)));
export const isMore = (a: string, b: string): boolean => new Fraction(a).compare(b) > 0;
export const isSameAmount = (a: string, b: string): boolean => new Fraction(a).equals(b);

/** Base units of a quantity; undefined where the item is not kept in that unit. */
export function toBase(item: Item, { value, unit }: Quantity): string | undefined {
  const known = item.units.find(({ code }) => code === unit);
  return known && text(new Fraction(value).mul(known.factor));
}

/** A base quantity in another unit of the item; in the base unit where that takes more than 5 decimals. */
export function fromBase(item: Item, base: string, unit: string): Quantity {
  const { factor } = item.units.find(({ code }) => code === unit) ?? { factor: "1" };
  const exact = new Fraction(base).div(factor);
  return exact.equals(exact.floor(5)) ? { value: text(exact), unit } : { value: base, unit: item.baseUnit };
}

const text = (value: Fraction): string => value.floor(5).toString(5);
