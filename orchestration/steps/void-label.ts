import type { InstructionState } from "#adapters/wms/port.ts";
import { hasReceipt, isUnused } from "../parcels.ts";
import type { LabelState, LineState, ReturnState } from "../return-state.ts";
import type { InstructionStep, Run } from "../step.ts";
import { isLeftToPeople } from "../undo-refused.ts";
import { toCome } from "./choose-label.ts";

const states = { VOIDED: "CANCELLED", VOID_REQUESTED: "CANCEL_REQUESTED", IN_USE: "ALREADY_RECEIVED" } as const;

type Voiding = InstructionStep<{ labelId: string; documentId: string }>;
type Find = (state: ReturnState) => LabelState | undefined;

/** L-U: asks for the money of a label that nobody sent goods with. The carrier's word may come much later, and nothing waits for it. */
const voiding = (voidable: Find): Pick<Voiding, "port" | "intent" | "refused" | "facts"> => ({
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
    summary: `The label ${voidable(state)!.issued!.trackingNumber} of ${state.rmaNumber} was used and can't be voided (${code}).`,
  }),
  facts: (_state, answer, _run, { request: { labelId } }) => {
    const voided = told[answer.state];
    return voided ? [{ kind: "label.voided", data: { labelId, state: voided } }] : [];
  },
});

const told: { [State in InstructionState]?: "VOIDED" | "VOID_REQUESTED" } = {
  CANCELLED: "VOIDED",
  CANCEL_REQUESTED: "VOID_REQUESTED",
};

/** Bought, its money not asked for yet, and nothing came with it. */
function voidable(state: ReturnState): LabelState | undefined {
  return state.labels.find((label) => label.status === "ISSUED" && !hasReceipt(state, label));
}

export const voidLabel: Voiding = {
  kind: "effect",
  protocol: "withdraw",
  name: "void-label",
  system: "carrier",
  deed: "void label",
  guard: (state, run) => {
    if (!voidable(state)) return { skip: "no label is out" };
    if (isLeftToPeople(state, "void-label")) return { skip: "goods moved, and a person saw to it" };
    return run.systems.carrierOf(state.companyId) ? "go" : { skip: "no carrier serves the company any more" };
  },
  ...voiding(voidable),
};

/** Whether this cancel has another label to void: one run voids one. */
export const hasLabelToVoid = (state: ReturnState, run: Run): boolean => voidLabel.guard(state, run) === "go";

/** The same for a label that an amendment replaced, or left without goods. One that was used after all is told to people, and the flow goes on. */
export const voidReplacedLabel: Voiding = {
  kind: "effect",
  protocol: "withdraw",
  name: "void-replaced-label",
  system: "carrier",
  deed: "void label",
  afterRefusal: "on",
  guard: (state, run) => {
    if (!leftBehind(state)) return { skip: "no label was replaced" };
    return run.systems.carrierOf(state.companyId) ? "go" : { skip: "no carrier serves the company any more" };
  },
  ...voiding(leftBehind),
};

/** Out, used by nobody, and for nothing that is to come; the carrier was not asked in vain before. */
function leftBehind(state: ReturnState): LabelState | undefined {
  return state.labels.find(
    (label) =>
      label.status === "ISSUED" &&
      isUnused(state, label) &&
      (label.replaced || !state.lines.some((line) => isFor(label, line) && toCome(state, line).gt(0))) &&
      !wasRefused(state, label),
  );
}

const isFor = ({ lines }: LabelState, { id }: LineState): boolean => lines.some(({ lineId }) => lineId === id);
const wasRefused = ({ exceptions }: ReturnState, { issued }: LabelState): boolean =>
  exceptions.some(({ code, summary }) => code === "UNDO_REFUSED" && summary.includes(issued!.trackingNumber));
