import type { ReturnState } from "./return-state.ts";

/** Whether a person has dealt with the refusal of this step's undo, so that it isn't asked for again (W-07); null is a warehouse that took time to refuse (D-33). */
export const isLeftToPeople = ({ exceptions, cancelRequested }: ReturnState, step: string | null): boolean =>
  exceptions.some(
    (task) =>
      task.code === "UNDO_REFUSED" &&
      task.status === "RESOLVED" &&
      task.step === step &&
      task.raisedAt >= (cancelRequested?.since ?? ""),
  );

/** A warehouse that only promised to try has neither done it nor refused to people's satisfaction; goods may come anyway (D-33). */
export const awaitsItsWord = (state: ReturnState): boolean =>
  state.instruction?.state === "CANCEL_REQUESTED" && !isLeftToPeople(state, null);
