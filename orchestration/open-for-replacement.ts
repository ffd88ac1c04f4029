import { Fraction, most, sum, zero } from "#shared/decimal.ts";
import { authorizedOf, bucketsOf, creditedUnits, openCredits, postedCredits, replacementUnits } from "./quantities.ts";
import type { DispositionState, LineState, ReplacementState, ReturnState } from "./return-state.ts";

export const standingReplacements = ({ replacements }: ReturnState): ReplacementState[] =>
  replacements.filter(({ status }) => status !== "CANCELLED");
/** Base units of a line in credits that are decided or posted. */
export const credited = (state: ReturnState, line: LineState): Fraction =>
  creditedUnits([...openCredits(state), ...postedCredits(state)], { returnLineId: line.id });

/** Units that may still be asked for: authorized, and not rejected, credited or replaced already. */
export const openForReplacement = (state: ReturnState, line: LineState): Fraction =>
  most(
    zero,
    authorizedOf(line)
      .sub(bucketsOf(state, line).rejected)
      .sub(credited(state, line))
      .sub(replacementUnits(standingReplacements(state), line.id)),
  );

/** Accepted units whose way into the ERP is their credit memo already, where memos bring goods in (D-02). */
export const promisedToCredit = (state: ReturnState, line: LineState): Fraction =>
  most(
    zero,
    sum(
      state.dispositions
        .filter(({ superseded, replaced, returnLineId }) => !superseded && !replaced && returnLineId === line.id)
        .filter((one) => isAccepted(state, one))
        .map(({ quantity }) => new Fraction(quantity.base)),
    ).sub(credited(state, line)),
  );

const isAccepted = ({ inspections }: ReturnState, { inspectionId }: DispositionState): boolean =>
  inspections.some((one) => one.inspectionId === inspectionId && new Fraction(one.percent).gt(0));
