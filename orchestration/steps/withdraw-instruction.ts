import type { ReturnInstruction } from "#adapters/wms/port.ts";
import type { InstructionStep } from "../step.ts";
import { isLeftToPeople } from "../undo-refused.ts";
import { instructWarehouse } from "./instruct-warehouse.ts";

/** Takes back what the warehouse was told (W-U). A refusal means that goods moved: a person decides, and the cancel waits (W-07). */
export const withdrawInstruction: InstructionStep<ReturnInstruction> = {
  kind: "effect",
  protocol: "withdraw",
  name: "withdraw-instruction",
  system: "wms",
  deed: "withdraw return instruction",
  guard: (state) => {
    if (!state.instruction) return { skip: "the warehouse was not told" };
    if (state.instruction.state !== "TOLD") return { skip: "asked before" };
    return isLeftToPeople(state, "withdraw-instruction") ? { skip: "goods moved, and a person saw to it" } : "go";
  },
  port: (state, run) => run.systems.wmsOf(state.warehouse!).returns,
  intent: (state, run) => ({
    key: state.instruction!.transactionKey,
    request: instructWarehouse.intent(state, run).request,
  }),
  refused: (code, state) => ({
    code: "UNDO_REFUSED",
    summary: `${state.warehouse} refused to withdraw the instruction of ${state.rmaNumber} (${code}).`,
  }),
  facts: (state, answer, _run, { key }) => {
    if (answer.state !== "CANCELLED" && answer.state !== "CANCEL_REQUESTED") return [];
    return [
      {
        kind: "warehouse.instruction-withdrawn",
        data: { warehouse: state.warehouse!, transactionKey: key, state: answer.state },
      },
    ];
  },
};
