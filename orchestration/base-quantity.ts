import { Fraction, most, parseDecimal, zero } from "#shared/decimal.ts";
import { formatBase } from "#shared/quantity.ts";

// Exact base quantities as the facts and the folded return hold them: decimal strings.

export const base = (text: string): Fraction => parseDecimal(text);
export const addBase = (a: string, b: string): string => formatBase(base(a).add(base(b)));
export const subtractBase = (from: string, amount: string): string => formatBase(base(from).sub(base(amount)));
export const lesserBase = (a: string, b: string): string => (base(a).lt(base(b)) ? a : b);
/** Not below zero. */
export const restBase = (from: string, amount: string): string => formatBase(most(zero, base(from).sub(base(amount))));
export const isPositive = (text: string): boolean => base(text).gt(0);
