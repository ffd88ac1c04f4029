/** n ÷ d, rounded half up, away from zero for negatives. All integers: cents, thousandths. */
export function divide(n: number, d: number): number {
  const size = Math.floor((2 * Math.abs(n) + d) / (2 * d));
  return n < 0 ? -size : size;
}

/** 28950 cents → "289.50". */
export const money = (cents: number): string => fixed(cents, 2);

/** 2500 thousandths → "2.5". */
export const quantity = (thousandths: number): string => trimmed(fixed(thousandths, 3));

/** "289.50" → 28950. */
export const toCents = (amount: string): number => toInteger(amount, 2);

/** "2.5" → 2500. */
export const toThousandths = (value: string): number => toInteger(value, 3);

function fixed(value: number, places: number): string {
  const digits = String(Math.abs(value)).padStart(places + 1, "0");
  return `${value < 0 ? "-" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

const trimmed = (text: string): string => text.replace(/\.?0+$/, "");

function toInteger(text: string, places: number): number {
  const [whole = "0", part = ""] = text.replace("-", "").split(".");
  const size = Number(whole + part.padEnd(places, "0"));
  return text.startsWith("-") ? -size : size;
}
