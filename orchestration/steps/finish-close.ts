import { countedBase, undisposed } from "../goods.ts";
import { holdsUpNothing } from "../messages.ts";
import type { DispositionState, ReturnState } from "../return-state.ts";
import { isConfirmed, statusOf } from "../status.ts";
import type { DecidingStep, Guard } from "../step.ts";

/** CLOSED needs our read-back of stock and credit, and nothing open (D-32). */
export const finishClose: DecidingStep<undefined> = {
  kind: "decide",
  name: "finish-close",
  system: null,
  guard: (state) => readyToClose(state),
  decide: () => ({ facts: [{ kind: "return.closed", data: {} }] }),
};

/** What closing waits for; the fact that brings it starts the flow again. */
export function readyToClose(state: ReturnState): Guard {
  if (statusOf(state) !== "SETTLED") return { end: `the return is ${statusOf(state)}` };
  if (state.exceptions.some((task) => task.status !== "RESOLVED" && !holdsUpNothing(task)))
    return { end: "a task is open" };
  if (Object.values(state.ambiguous).some(({ lane }) => lane !== "messages"))
    return { end: "the outcome of an effect is not known" };
  if (state.credits.some(({ status, onAccount }) => status === "POSTED" && onAccount === null))
    return { end: "a credit is not applied yet" };
  if (state.approvals.some(({ status }) => status === "PENDING")) return { end: "an approval is still open" };
  if (!state.inspections.every((inspection) => isDecided(state, inspection)))
    return { end: "what becomes of inspected goods is not decided yet" };
  return state.dispositions.every((one) => one.superseded || isConfirmed(one) || isOfNothing(state, one))
    ? "go"
    : { end: "a disposition is not confirmed on both sides" };
}

const isDecided = (state: ReturnState, inspection: ReturnState["inspections"][number]): boolean =>
  inspection.superseded || undisposed(state, inspection).lte(0);

/** Its goods were counted away before any of them was in the ERP: there is nothing to confirm. */
const isOfNothing = (state: ReturnState, { dispositionId, inspectionId }: DispositionState): boolean =>
  state.inspections.some((one) => one.inspectionId === inspectionId && countedBase(state, one).equals(0)) &&
  !state.postings.some((posting) => posting.dispositionId === dispositionId);
