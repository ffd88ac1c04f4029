import { Fraction, most, zero } from "#shared/decimal.ts";
import { exactAmount } from "../goods.ts";
import { authorizedOf, bucketsOf } from "../quantities.ts";
import type { LineState, ReturnState } from "../return-state.ts";
import type { DecidingStep } from "../step.ts";
import { awaitsItsWord, isLeftToPeople } from "../undo-refused.ts";
import { hasLabelToVoid } from "./void-label.ts";

/** Cancels what hasn't come, which lowers the flag; what came goes on to its end (W-07). Waits for the word of a warehouse that only promised to try (D-33). */
export const finishCancel: DecidingStep<undefined> = {
  kind: "decide",
  name: "finish-cancel",
  system: null,
  guard: (state, run) => {
    if (!state.cancelRequested) return { skip: "it expired: nothing is left to say" };
    if (hasLabelToVoid(state, run)) return { end: "another label is to be voided" };
    if (isOrdered(state)) return { end: "the replacement is still to be cancelled" };
    return awaitsItsWord(state) ? { end: "the warehouse has not said yet whether it could" } : "go";
  },
  decide: (state) => {
    const lines = state.lines.flatMap((line) =>
      toCome(state, line).gt(0) ? [{ lineId: line.id, quantity: exactAmount(line, toCome(state, line)) }] : [],
    );
    return { facts: [...notOrdered(state), { kind: "return.cancelled", data: { lines } }, ...voided(state)] };
  },
};

/** Asked for or authorized, neither come nor given up. What comes once the ERP's return order is deleted waits to be matched by people. */
function toCome(state: ReturnState, line: LineState): Fraction {
  if (line.declined) return zero;
  const open = line.authorizedAt ? authorizedOf(line) : new Fraction(line.requested);
  if (state.erpAuthorization?.deleted) return open;
  return most(zero, open.sub(bucketsOf(state, line).received));
}

/** Stands in the ERP, has not shipped, and no person has said to leave it. */
const isOrdered = (state: ReturnState): boolean =>
  state.replacements.some(({ status }) => status === "ORDERED") && !isLeftToPeople(state, "cancel-replacement");

/** Replacements that were asked for, and that nobody has to send any more: what came is credited. */
const notOrdered = ({ replacements }: ReturnState) =>
  replacements
    .filter(({ status }) => status === "REQUESTED")
    .map(({ replacementId }) => ({
      kind: "replacement.cancelled" as const,
      data: { replacementId, reason: "The return was cancelled." },
    }));

/** Nobody has to decide any more on what was cancelled before it was authorized, or ordered. */
const voided = (state: ReturnState) =>
  state.approvals
    .filter(({ status, subject }) => status === "PENDING" && ("lineIds" in subject || "replacementId" in subject))
    .map(({ approvalId }) => ({
      kind: "approval.voided" as const,
      data: { approvalId, reason: "The return was cancelled." },
    }));
