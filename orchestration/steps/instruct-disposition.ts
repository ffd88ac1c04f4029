import type { DispositionInstruction } from "#adapters/wms/port.ts";
import { dispositionOf, instructedFor, isTold } from "../dispositions.ts";
import { decidedBy, effectKey, lineById, receiptLineById, receiptOfLine, serialsOfDisposition } from "../goods.ts";
import { amountOf } from "../receiving.ts";
import type { DispositionState, ReturnState } from "../return-state.ts";
import type { InstructionStep, Run } from "../step.ts";

/** Where the warehouse puts the goods; what is not here stays where it is until somebody decides. */
const toStatus: Record<string, DispositionInstruction["toStatus"]> = {
  RESTOCK: "AVAILABLE",
  RESTOCK_B_GRADE: "AVAILABLE",
  REPAIR: "HOLD",
  REFURBISH: "HOLD",
  SCRAP: "DAMAGED",
  HAZMAT_DISPOSAL: "DAMAGED",
  RETURN_TO_VENDOR: "HOLD",
  RETURN_TO_CUSTOMER: "HOLD",
  TRANSFER: "AVAILABLE",
  DONATE: "HOLD",
};

/** Tells the warehouse to move, scrap or send the inspected goods (W of the disposition). */
export const instructDisposition: InstructionStep<DispositionInstruction> = {
  kind: "effect",
  protocol: "put",
  name: "instruct-disposition",
  system: "wms",
  deed: "instruct disposition",
  guard: (state, run) => {
    const disposition = dispositionOf(state, run.subject)!;
    if (!toStatus[disposition.code]) return { end: `${disposition.code} waits for a person` };
    if (disposition.executedAt) return { skip: "the warehouse has done it" };
    if (isTold(state, disposition)) return { skip: "told before" };
    return instructedFor(state, disposition)
      ? { end: "the warehouse has not let go of what it was told before" }
      : "go";
  },
  port: (state, run) => run.systems.wmsOf(dispositionOf(state, run.subject)!.warehouse).dispositions,
  intent: (state, run) => {
    const disposition = dispositionOf(state, run.subject)!;
    return { key: dispositionKey(state, run, disposition), request: instruction(state, disposition) };
  },
  refused: (code, state) => ({
    code: "INSTRUCTION_REJECTED",
    summary: `The warehouse rejected a disposition of ${state.rmaNumber} (${code}).`,
  }),
  facts: (state, _answer, _run, { key, request }) => {
    const { dispositionId, instruction, returnLineId } = state.dispositions.find(
      ({ version }) => version === decidedBy(state, key),
    )!;
    const quantity = amountOf(lineById(state, returnLineId), request.quantity)!;
    return instruction?.transactionKey === key
      ? []
      : [{ kind: "disposition.instructed", data: { dispositionId, transactionKey: key, quantity } }];
  },
};

const dispositionKey = (state: ReturnState, run: Run, { version }: DispositionState): string =>
  effectKey(state, run, "W", version);

function instruction(state: ReturnState, disposition: DispositionState): DispositionInstruction {
  const line = receiptLineById(state, disposition.receiptLineId)!;
  const inspection = state.inspections.find(({ inspectionId }) => inspectionId === disposition.inspectionId)!;
  const { value, unit } = disposition.quantity;
  return {
    warehouseReceiptNumber: receiptOfLine(state, disposition.receiptLineId)!.warehouseReceiptNumber,
    receiptLine: line.line,
    code: disposition.code,
    quantity: { value, unit },
    serialNumbers: serialsOfDisposition(state, disposition, inspection),
    lotNumber: inspection.lotNumber ?? line.lotNumber,
    toStatus: toStatus[disposition.code]!,
    toBin: null,
  };
}
