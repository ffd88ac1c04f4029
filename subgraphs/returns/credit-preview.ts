import type { Policies } from "#orchestration/policies/policies.ts";
import { bucketsOf, creditedUnits, settledWithMoney } from "#orchestration/quantities.ts";
import type { CreditState, LineState, ReturnState } from "#orchestration/return-state.ts";
import { undecidedQuantity } from "#orchestration/status.ts";
import { Fraction, most, sum, zero } from "#shared/decimal.ts";
import { addMoney } from "#shared/money.ts";

export type Preview = { amount: string; currency: string; basis: "REQUESTED" | "AUTHORIZED" | "INSPECTED" };

/** What a return will come to: what is decided as it is decided, the rest as if it came in grade A. Null once nothing is due any more. */
export function previewCredit(state: ReturnState, policies: Policies): Preview | null {
  const { currency } = state;
  const live = state.credits.filter(({ status }) => status !== "DECLINED" && status !== "REVERSED");
  const open = state.lines.filter(settledWithMoney).map((line) => ({ line, units: unitsDue(state, line, live) }));
  const isDue = open.some(({ units }) => units.gt(0)) || live.some(({ status }) => status !== "POSTED");
  if (!currency || !isDue) return null;
  const estimates = open.flatMap(({ line, units }) => estimate(state, line, units, policies));
  return {
    amount: addMoney("0.00", ...live.map(({ erp, total }) => erp?.total ?? total), ...estimates),
    currency,
    basis: basisOf(state),
  };
}

/** Granted or still asked for, not rejected, and in no credit yet. */
function unitsDue(state: ReturnState, line: LineState, live: CreditState[]): Fraction {
  const { authorized, rejected } = bucketsOf(state, line);
  const expected = authorized.add(undecidedQuantity(line)).sub(rejected);
  return most(zero, expected.sub(creditedUnits(live, { returnLineId: line.id })));
}

function estimate(
  state: ReturnState,
  { posted, reasonCode }: LineState,
  units: Fraction,
  policies: Policies,
): string[] {
  if (!posted || !state.customerNumber || units.lte(0)) return [];
  return [
    policies.estimateCredit({
      customerNumber: state.customerNumber,
      reasonCode,
      posted,
      requested: units,
      returnable: units,
    }),
  ];
}

function basisOf(state: ReturnState): Preview["basis"] {
  const authorized = sum(state.lines.map((line) => bucketsOf(state, line).authorized));
  const inspected = sum(state.lines.map((line) => bucketsOf(state, line).inspected));
  if (authorized.lte(0)) return "REQUESTED";
  return inspected.gte(authorized) ? "INSPECTED" : "AUTHORIZED";
}
