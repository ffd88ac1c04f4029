import { keptAsTold } from "../changing-disposition.ts";
import { dispositionOf, instructedFor } from "../dispositions.ts";
import type { ReturnState } from "../return-state.ts";
import type { InstructionStep, Run, Task } from "../step.ts";

/** Takes back what the warehouse was told before a disposition was changed (W-U); nothing else goes out until it has let go. A refusal means that it did it: that stands (W-07). */
export const withdrawDisposition: InstructionStep<{ dispositionId: string }> = {
  kind: "effect",
  protocol: "withdraw",
  name: "withdraw-disposition",
  system: "wms",
  deed: "withdraw disposition",
  guard: (state, run) => {
    const told = toldOf(state, run);
    if (!told) return { skip: "the warehouse was told nothing" };
    if (told.instruction.state === "CANCEL_REQUESTED") return { end: "the warehouse has not given its word yet" };
    return told.fits ? { skip: "the warehouse was told so" } : "go";
  },
  port: (state, run) => run.systems.wmsOf(dispositionOf(state, run.subject)!.warehouse).dispositions,
  intent: (state, run) => {
    const { holder, instruction } = toldOf(state, run)!;
    return { key: instruction.transactionKey, request: { dispositionId: holder.dispositionId } };
  },
  refused: (code, state, run) => refusedTask(state, run, code),
  refusedFacts: (_code, state, run) => keptAsTold(state, toldOf(state, run)!),
  afterRefusal: "on",
  facts: (_state, answer, _run, { key, request: { dispositionId } }) => {
    if (answer.state !== "CANCELLED" && answer.state !== "CANCEL_REQUESTED") return [];
    return [
      {
        kind: "disposition.instruction-withdrawn",
        data: { dispositionId, transactionKey: key, state: answer.state },
      },
    ];
  },
};

function toldOf(state: ReturnState, run: Run) {
  const disposition = dispositionOf(state, run.subject);
  return disposition && !disposition.executedAt ? instructedFor(state, disposition) : null;
}

function refusedTask(state: ReturnState, run: Run, code: string): Task {
  const { holder, instruction, covered } = toldOf(state, run)!;
  const wanted = new Set(covered.map((one) => one.code).filter((one) => one !== holder.code));
  return {
    code: "SITE_REFUSED",
    summary: `${holder.warehouse} does not let go of ${holder.code} for goods of ${state.rmaNumber} that were to be ${[...wanted].join(" and ")} (${code}). What was told stands.`,
    cause: `disposition-kept:${instruction.transactionKey}`,
  };
}
