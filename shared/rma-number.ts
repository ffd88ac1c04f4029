import { randomInt } from "node:crypto";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const weights = [1, 3, 5, 7, 9, 11] as const;
const issued = new RegExp(`^R\\d{2}-[${alphabet}]{7}$`);

/** Draws the RMA number of a return requested in `year`: random, with a check character (D-28). One that is taken is drawn again. */
export function drawRmaNumber(year: number, random: () => number = () => randomInt(alphabet.length)): string {
  const values = weights.map(random);
  const signs = [...values, checkValue(values)].map((value) => alphabet[value]);
  return `R${String(year % 100).padStart(2, "0")}-${signs.join("")}`;
}

/** Whether an issued number's check character fits. Seeded names such as `R-EXPIRED-1` carry none: look those up as they are. */
export function isRmaNumber(number: string): boolean {
  if (!issued.test(number)) return false;
  const values = [...number.slice(4)].map((sign) => alphabet.indexOf(sign));
  return checkValue(values.slice(0, 6)) === values[6];
}

/** What somebody typed → the number as issued: `r26 7q3kx2m` → `R26-7Q3KX2M`. What has not that shape comes back in upper case, trimmed. */
export function normaliseRmaNumber(typed: string): string {
  const upper = typed.trim().toUpperCase();
  const signs = upper.replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  const dashed = `${signs.slice(0, 3)}-${signs.slice(3)}`;
  return issued.test(dashed) ? dashed : upper;
}

/** 0 to 30: the sign Z is never a check. */
function checkValue(values: readonly number[]): number {
  const sum = weights.reduce((total, weight, i) => total + weight * (values[i] ?? 0), 0);
  return (31 - (sum % 31)) % 31;
}
