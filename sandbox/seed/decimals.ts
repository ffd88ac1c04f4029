/** n ÷ d, rounded half up, away from zero for negatives. All integers: cents, thousandths. */
export function divide(n: number, d: number): number {
  const size = Math.floor((2 * Math.abs(n) + d) / (2 * d));
  return n < 0 ? -size : size;
}

/** 28950 cents → "289.50". */
export const money = (cents: number): string => fixed(cents, 2);

/** 2500 thousandths → "2.5". */
export const quantity = (thousandths: number): string =>
  thousandths % 1000 === 0 ? String(thousandths / 1000) : trimmed(fixed(thousandths, 3));

/** "289.50" → 28950. */
export const toCents = (amount: string): number => toInteger(amount, 2);

/** "2.5" → 2500. */
export const toThousandths = (value: string): number => toInteger(value, 3);

/** Whole cents and thousandths are far below what a double keeps exactly, so that both ways round to what was meant. */
const fixed = (value: number, places: number): string => (value / 10 ** places).toFixed(places);

const trimmed = (text: string): string => text.replace(/\.?0+$/, "");

const toInteger = (text: string, places: number): number => Math.round(Number(text) * 10 ** places);
