import type { Transaction } from "#shared/database.ts";
import { parseForeignId } from "#shared/ids.ts";
import { openSerials } from "./allocations.ts";
import type { OrderHistory } from "./eligibility.ts";
import type { EvaluatedLine } from "./facts-vocabulary.ts";
import type { LineState } from "./return-state.ts";

// D-17: a serial is open in one line of one return at most. What is taken while the ERP is away names serials of items that only the ERP knows; whether
// they are free is seen when it is back.

export type HeldSerial = { sku: string; serialNumber: string; lineId: string };

/** Which serials that these lines name are open, and in which line. Under the locks of the decision that needs it. */
export function heldSerials(
  tx: Transaction,
  { order }: OrderHistory,
  lines: readonly LineState[],
): Promise<HeldSerial[]> {
  const invoiced = order.invoices.flatMap((invoice) => invoice.lines);
  const named = lines.flatMap(({ orderLineId, serialNumbers }) => {
    const sequence = parseForeignId(orderLineId)?.line;
    const skus = new Set(invoiced.filter(({ orderLine }) => orderLine === sequence).map(({ sku }) => sku));
    return [...skus].flatMap((sku) => serialNumbers.map((serialNumber) => ({ sku, serialNumber })));
  });
  return openSerials(tx, order.companyId, named);
}

/** The line as policy sees it, refused where another line holds one of its serials. */
export function unlessHeld(evaluated: EvaluatedLine, line: LineState, held: readonly HeldSerial[]): EvaluatedLine {
  const { sku } = evaluated.posted;
  const taken = held.find(
    (one) => one.sku === sku && one.lineId !== line.id && line.serialNumbers.includes(one.serialNumber),
  );
  if (!taken) return evaluated;
  const message = `Serial ${taken.serialNumber} is in a return that is open, or named twice.`;
  return {
    ...evaluated,
    decision: "REFUSED",
    approvalKinds: [],
    reasons: [{ code: "ALREADY_RETURNED", message, ruleId: RULE }],
  };
}

const RULE = "D-17";

export const namesHeld = ({ reasons }: EvaluatedLine): boolean => reasons.some(({ ruleId }) => ruleId === RULE);

/** What a line holds once it is evaluated. */
export const serialsOf = ({ id, serialNumbers }: LineState, { posted }: EvaluatedLine): HeldSerial[] =>
  serialNumbers.map((serialNumber) => ({ sku: posted.sku, serialNumber, lineId: id }));

/** Declined with the evaluation itself, so that no serial is open in two lines for a moment. */
export const declinedForSerials = (evaluated: Iterable<EvaluatedLine>) =>
  [...evaluated].filter(namesHeld).map(({ lineId }) => ({ lineId, reason: "ALREADY_RETURNED", ruleId: RULE }));
