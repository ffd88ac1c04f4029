import type { Taken } from "#orchestration/allocations.ts";
import {
  type AskedLine,
  type Evaluating,
  evaluateLines,
  orderLineKey,
  type OrderHistory,
} from "#orchestration/eligibility.ts";
import type { EvaluatedLine } from "#orchestration/facts-vocabulary.ts";
import { Fraction, sum, zero } from "#shared/decimal.ts";
import { refuse, type UserError } from "#shared/errors.ts";
import { foreignIdOf } from "#shared/ids.ts";
import { fromBase, toBase } from "#shared/quantity.ts";

export type Judging = Omit<Evaluating, "taken"> & { taken: ReadonlyMap<string, Taken[]> };
type Judged = { lines: EvaluatedLine[]; problems: UserError[] };

/** Policy on each line of a request, one after the other: what an earlier line takes is not there for a later one. Pure. */
export function judgeLines(history: OrderHistory, lines: readonly AskedLine[], { taken, ...context }: Judging): Judged {
  const here = new Map<string, Fraction>();
  const before = (key: string) =>
    sum((taken.get(key) ?? []).map(({ reserved, credited }) => new Fraction(reserved).add(credited))).add(
      here.get(key) ?? zero,
    );
  const judged: Judged = { lines: [], problems: [] };
  lines.forEach((line, i) => {
    const at = ["lines", String(i)];
    const [evaluated] = evaluateLines(history, [line], { ...context, taken: before });
    judged.problems.push(...(evaluated ? problemsOf(evaluated, at) : missing(history, line, at)));
    if (!evaluated) return;
    judged.lines.push(evaluated);
    const base = toBase(line.quantity.value, evaluated.posted.unitFactor);
    for (const key of keysOf(history, line, evaluated)) here.set(key, (here.get(key) ?? zero).add(base));
  });
  return judged;
}

const keysOf = ({ order }: OrderHistory, { sequence }: AskedLine, { posted }: EvaluatedLine): string[] => [
  orderLineKey(order, sequence),
  foreignIdOf("erp.invoice", order.companyId, posted.invoiceNumber, posted.invoiceLine),
];

/** No line, no such unit, or nothing posted of it yet. */
export function missing(
  { order, items }: OrderHistory,
  { sequence, quantity }: Pick<AskedLine, "sequence" | "quantity">,
  at: string[],
): UserError[] {
  const line = order.lines.find((candidate) => candidate.sequence === sequence);
  if (!line) return [refuse("NOT_FOUND", "This order has no such line.", [...at, "orderLineId"])];
  const units = items.get(line.sku)?.units;
  if (units && !Object.hasOwn(units, quantity.unit))
    return [refuse("INVALID_INPUT", `${line.sku} is not sold by ${quantity.unit}.`, [...at, "quantity", "unit"])];
  return [refuse("POLICY_REFUSED", "Nothing of this line was invoiced to the customer (EL-01).", at)];
}

/** Why policy refuses a line, with the rule. */
export function problemsOf({ decision, reasons, returnableBase, posted }: EvaluatedLine, at: string[]): UserError[] {
  if (decision !== "REFUSED") return [];
  if (reasons.some(({ code }) => code === "ALREADY_RETURNED")) {
    const left = fromBase(new Fraction(returnableBase), posted.unitFactor);
    return [
      refuse("QUANTITY_EXCEEDED", `Only ${left} of this line may still come back (EL-02).`, [
        ...at,
        "quantity",
        "value",
      ]),
    ];
  }
  const why = reasons.map(({ message, ruleId }) => `${message}${ruleId ? ` (${ruleId})` : ""}`).join(" ");
  return [refuse("POLICY_REFUSED", why || "Policy refuses this line.", at)];
}
