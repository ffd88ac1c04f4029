import type { ReturnInstruction } from "#adapters/wms/port.ts";
import { parseTransactionKey } from "#shared/transaction-key.ts";
import { effectKey } from "../goods.ts";
import type { ReturnState } from "../return-state.ts";
import type { InstructionStep } from "../step.ts";
import { contentOf, instructed, instruction, instructWarehouse } from "./instruct-warehouse.ts";

/** W: an amendment is an instruction of its own that replaces the one before; what came for that counts for it (wires 1.1). */
export const reInstructWarehouse: InstructionStep<ReturnInstruction> = {
  kind: "effect",
  protocol: "put",
  name: "re-instruct-warehouse",
  system: "wms",
  deed: "instruct return",
  guard: (state) => {
    if (!state.instruction) return { skip: "the warehouse was not told yet" };
    if (state.instruction.state !== "TOLD") return { skip: "the warehouse was asked to forget it" };
    return isOutdated(state) ? "go" : { skip: "the warehouse expects what is to come" };
  },
  port: (state, run) => run.systems.wmsOf(state.warehouse!).returns,
  intent: (state, run) => ({
    key: effectKey(state, run, "W", state.amendedVersion!),
    request: { ...instruction(state), replaces: state.instruction!.transactionKey },
  }),
  refused: instructWarehouse.refused!,
  facts: (state, _answer, _run, { key, request }) => [instructed(state, key, request)],
};

/** It was told before the last amendment, and something else. */
function isOutdated(state: ReturnState): boolean {
  const { transactionKey, contentHash } = state.instruction!;
  const told = instruction(state);
  if (told.lines.length === 0 || !isAmendedSince(state, transactionKey)) return false;
  return contentOf(told) !== contentHash;
}

/** Whether something was amended since the fact that decided this effect. */
export const isAmendedSince = ({ amendedVersion }: ReturnState, transactionKey: string): boolean =>
  (amendedVersion ?? 0) > (parseTransactionKey(transactionKey)?.version ?? Infinity);
