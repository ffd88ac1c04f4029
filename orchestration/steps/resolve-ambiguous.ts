import type { ReturnState } from "../return-state.ts";
import type { DecidingStep } from "../step.ts";

/** An undo never runs before it is known what there is to undo (W-07): `effect.resolved` starts the cancel again. */
export const resolveAmbiguous: DecidingStep<undefined> = {
  kind: "decide",
  name: "resolve-ambiguous",
  system: null,
  guard: (state) => {
    if (!isGivenUp(state)) return { end: "no cancel is asked for" };
    const open = Object.values(state.ambiguous).some(({ lane }) => lane === "goods");
    return open ? { end: "the outcome of an effect is not known yet" } : { skip: "every outcome is known" };
  },
  decide: () => ({ facts: [] }),
};

/** A person asked for it, or it expired. */
const isGivenUp = (state: ReturnState): boolean =>
  state.cancelRequested !== null || state.lines.some(({ expired }) => expired !== "0");
