import type { AdjustmentRequest } from "#adapters/erp/port.ts";
import type { EffectLetter } from "#shared/transaction-key.ts";
import { newId } from "#shared/ids.ts";
import { effectKey, lineById, postedBase, receiptLineById } from "../goods.ts";
import type { DispositionState, ReturnState } from "../return-state.ts";
import type { DocumentStep } from "../step.ts";
import { dispositionOf } from "./decide-disposition.ts";

/** How a disposition ends in the ERP (vocabulary section 2): moved to a place of ours, scrapped, or taken out because it goes back. What is not here ends nowhere. */
const endings: Record<
  string,
  { letter: EffectLetter; kind: "MOVE" | "SCRAP" | "CORRECTION"; to: ((d: DispositionState) => string) | null }
> = {
  RESTOCK: { letter: "D", kind: "MOVE", to: ({ warehouse }) => warehouse },
  RESTOCK_B_GRADE: { letter: "D", kind: "MOVE", to: () => "bGrade" },
  REPAIR: { letter: "D", kind: "MOVE", to: () => "repair" },
  REFURBISH: { letter: "D", kind: "MOVE", to: () => "repair" },
  TRANSFER: { letter: "D", kind: "MOVE", to: ({ warehouse }) => warehouse },
  RETURN_TO_VENDOR: { letter: "D", kind: "MOVE", to: () => "vendor" },
  SCRAP: { letter: "S", kind: "SCRAP", to: null },
  HAZMAT_DISPOSAL: { letter: "S", kind: "SCRAP", to: null },
  RETURN_TO_CUSTOMER: { letter: "J", kind: "CORRECTION", to: null },
};

/** D, S or J: the disposition in the ERP, once its goods are there in quarantine (D-01). */
export const postDisposition: DocumentStep<AdjustmentRequest> = {
  kind: "effect",
  protocol: "draft-and-post",
  name: "post-disposition",
  system: "erp",
  deed: "post inventory adjustment",
  guard: (state, run) => {
    const disposition = dispositionOf(state, run.subject)!;
    if (disposition.adjusted) return { skip: "posted before" };
    if (!endings[disposition.code]) return { skip: `${disposition.code} does not move stock` };
    return postedBase(state, disposition.receiptLineId).gt(0) ? "go" : { end: "the goods are not in the ERP yet" };
  },
  port: (state, run) => run.systems.erpOf(state.companyId).adjustment,
  intent: (state, run) => {
    const disposition = dispositionOf(state, run.subject)!;
    return {
      key: effectKey(state, run, endings[disposition.code]!.letter, disposition.version),
      request: request(state, disposition),
    };
  },
  facts: (state, { number }, run, { key, request: { lines } }) => {
    const { dispositionId, quantity, code } = dispositionOf(state, run.subject)!;
    const from = lines.find(({ direction }) => direction === "OUT")!.location;
    const to = lines.find(({ direction }) => direction === "IN")?.location ?? null;
    return [
      {
        kind: "inventory.adjusted",
        data: {
          postingId: newId("pst"),
          transactionKey: key,
          documentNumber: number,
          kind: endings[code]!.kind,
          dispositionId,
          from,
          to,
          quantity,
        },
      },
    ];
  },
};

function request(state: ReturnState, disposition: DispositionState): AdjustmentRequest {
  const line = receiptLineById(state, disposition.receiptLineId)!;
  const returnLine = lineById(state, disposition.returnLineId)!;
  const inspection = state.inspections.find(({ inspectionId }) => inspectionId === disposition.inspectionId)!;
  const to = endings[disposition.code]!.to?.(disposition) ?? null;
  const from = returnLine.posted?.supplierOwned ? "consignment" : "quarantine";
  const goods = {
    ref: disposition.dispositionId,
    sku: line.sku,
    quantity: disposition.quantity.value,
    unit: disposition.quantity.unit,
    reasonCode: returnLine.reasonCode,
    serialNumbers: inspection.serialNumbers.length > 0 ? inspection.serialNumbers : line.serialNumbers,
    lotNumber: inspection.lotNumber ?? line.lotNumber,
  };
  const out = { ...goods, direction: "OUT" as const, location: from };
  return {
    description: `${disposition.code} of ${state.rmaNumber}`,
    lines: to ? [out, { ...goods, direction: "IN", location: to }] : [out],
  };
}
