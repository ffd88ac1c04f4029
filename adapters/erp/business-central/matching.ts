import { Fraction, sum, toFixed, toPlain } from "#shared/decimal.ts";
import type { KeyedLine } from "../../port.ts";

/** What a line says, in comparable form. */
export type Content = Record<string, string | number>;
/** A line that the request asks for; one request line may be several on the wire (a serial number each). */
export type Expected = { ref: string; content: Content };
export type Actual = { content: Content; line: Omit<KeyedLine, "ref"> };

/** Pairs lines of the wire with what was asked: one KeyedLine for each `ref` and direction (its wire lines summed), and the rest without one. */
export function matchLines(
  expected: readonly Expected[],
  actual: readonly Actual[],
): { same: boolean; lines: KeyedLine[] } {
  const open = expected.map(({ ref, content }) => ({ ref, text: canonical(content) }));
  const byRef = new Map<string, KeyedLine>();
  const others: KeyedLine[] = [];
  for (const { content, line } of actual) {
    const at = open.findIndex(({ text }) => text === canonical(content));
    const ref = at < 0 ? null : open.splice(at, 1)[0]!.ref;
    if (ref === null) others.push({ ...line, ref: null });
    else
      byRef.set(
        `${ref} ${content["entry"] ?? ""}`,
        add(byRef.get(`${ref} ${content["entry"] ?? ""}`), { ...line, ref }),
      );
  }
  return { same: open.length === 0 && others.length === 0, lines: [...byRef.values(), ...others] };
}

/** Two lines of one `ref` as one, under the id of the first. */
export function add(before: KeyedLine | undefined, line: KeyedLine): KeyedLine {
  if (!before) return line;
  const both = (a: string | null, b: string | null, write: (value: Fraction) => string) =>
    a === null || b === null ? null : write(sum([new Fraction(a), new Fraction(b)]));
  const cents = (value: Fraction) => toFixed(value, 2);
  return {
    ...before,
    quantity: both(before.quantity, line.quantity, (value) => toPlain(value, 5)),
    net: both(before.net, line.net, cents),
    tax: both(before.tax, line.tax, cents),
  };
}

const canonical = (content: Content): string =>
  JSON.stringify(Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1)));

/** "4.000" and "4" are one quantity. */
export const sameQuantity = (value: string): string => toPlain(new Fraction(value), 5);

/** A line with serial numbers is one line of quantity 1 for each on the wire; without, it is itself. */
export function bySerial<Line extends { quantity: string; serialNumbers: string[] }>(
  line: Line,
): { line: Line; quantity: string; serialNumber: string }[] {
  if (line.serialNumbers.length === 0) return [{ line, quantity: line.quantity, serialNumber: "" }];
  return line.serialNumbers.map((serialNumber) => ({ line, quantity: "1", serialNumber }));
}
