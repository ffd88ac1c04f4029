import type { InstructionState } from "#adapters/wms/port.ts";
import { hasReceipt } from "../parcels.ts";
import type { LabelState, ReturnState } from "../return-state.ts";
import type { InstructionStep } from "../step.ts";
import { isLeftToPeople } from "../undo-refused.ts";

const states = { VOIDED: "CANCELLED", VOID_REQUESTED: "CANCEL_REQUESTED", IN_USE: "ALREADY_RECEIVED" } as const;

/** L-U: asks for the money of a label that nobody sent goods with. The carrier's word may come much later, and nothing waits for it. */
export const voidLabel: InstructionStep<{ labelId: string; documentId: string }> = {
  kind: "effect",
  protocol: "withdraw",
  name: "void-label",
  system: "carrier",
  deed: "void label",
  guard: (state, run) => {
    const label = voidable(state);
    if (!label) return { skip: "no label is out" };
    if (isLeftToPeople(state, "void-label")) return { skip: "goods moved, and a person saw to it" };
    return run.systems.carrierOf(state.companyId) ? "go" : { skip: "no carrier serves the company any more" };
  },
  port: (state, run) => ({
    withdraw: async (_key, call) => {
      const carrier = run.systems.carrierOf(state.companyId)!;
      const { state: answer } = await carrier.voidLabel(voidable(state)!.issued!.documentId, call);
      return { state: states[answer] };
    },
  }),
  intent: (state) => {
    const { labelId, issued } = voidable(state)!;
    return { key: issued!.transactionKey, request: { labelId, documentId: issued!.documentId } };
  },
  refused: (code, state) => ({
    code: "UNDO_REFUSED",
    summary: `The label of ${state.rmaNumber} was used and can't be voided (${code}).`,
  }),
  facts: (_state, answer, _run, { request: { labelId } }) => {
    const voided = told[answer.state];
    return voided ? [{ kind: "label.voided", data: { labelId, state: voided } }] : [];
  },
};

const told: { [State in InstructionState]?: "VOIDED" | "VOID_REQUESTED" } = {
  CANCELLED: "VOIDED",
  CANCEL_REQUESTED: "VOID_REQUESTED",
};

/** Bought, its money not asked for yet, and nothing came with it. */
const voidable = (state: ReturnState): LabelState | undefined =>
  state.labels.find((label) => label.status === "ISSUED" && !hasReceipt(state, label));
