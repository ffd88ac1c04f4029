import type { ReturnState } from "../return-state.ts";
import { statusOf } from "../status.ts";
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
  if (state.exceptions.some(({ status }) => status !== "RESOLVED")) return { end: "a task is open" };
  if (Object.keys(state.ambiguous).length > 0) return { end: "the outcome of an effect is not known" };
  if (state.credits.some(({ status, onAccount }) => status === "POSTED" && onAccount === null))
    return { end: "a credit is not applied yet" };
  return state.dispositions.every(done) ? "go" : { end: "a disposition is not confirmed on both sides" };
}

const done = ({ superseded, confirmed }: ReturnState["dispositions"][number]): boolean =>
  superseded || (confirmed.WMS && confirmed.ERP);
