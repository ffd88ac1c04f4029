import type { AdjustmentRequest } from "#adapters/erp/port.ts";
import { Fraction, sum } from "#shared/decimal.ts";
import type { EffectLetter } from "#shared/transaction-key.ts";
import { newId } from "#shared/ids.ts";
import { effectKey, lineById, postedBase, receiptLineById, serialsOfDisposition } from "../goods.ts";
import { amountOf } from "../receiving.ts";
import type { DispositionState, ReturnState } from "../return-state.ts";
import type { DocumentStep, Task } from "../step.ts";
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
    const ending = endings[disposition.code];
    if (!ending) return { skip: `${disposition.code} does not move stock` };
    const place = placeOf(state, disposition);
    if (place === null) return { task: takenOut(state, disposition) };
    const isThere = place !== cameIn(state, disposition) || leftThere(state, disposition).gt(0);
    if (!isThere) return { end: "the goods are not in the ERP yet" };
    return ending.to?.(disposition) === place ? { skip: "the goods are there" } : "go";
  },
  port: (state, run) => run.systems.erpOf(state.companyId).adjustment,
  intent: (state, run) => {
    const disposition = dispositionOf(state, run.subject)!;
    return {
      key: effectKey(state, run, endings[disposition.code]!.letter, disposition.version),
      request: request(state, disposition),
    };
  },
  facts: (state, { number }, _run, { key, request: { lines } }) => {
    const out = lines.find(({ direction }) => direction === "OUT")!;
    const { dispositionId, code, returnLineId } = state.dispositions.find((one) => one.dispositionId === out.ref)!;
    return [
      {
        kind: "inventory.adjusted",
        data: {
          postingId: newId("pst"),
          transactionKey: key,
          documentNumber: number,
          kind: endings[code]!.kind,
          dispositionId,
          from: out.location,
          to: lines.find(({ direction }) => direction === "IN")?.location ?? null,
          quantity: amountOf(lineById(state, returnLineId), { value: out.quantity, unit: out.unit })!,
        },
      },
    ];
  },
};

/** Where the ERP has the goods: where they came in, or where the disposition that this one changed has put them; null: that took them out. */
function placeOf(state: ReturnState, { replaces, returnLineId }: DispositionState): string | null {
  const before = state.dispositions.find(({ dispositionId }) => dispositionId === replaces);
  if (!before) return cameIn(state, { returnLineId });
  const posted = state.postings.find(({ transactionKey }) => transactionKey === before.adjusted?.transactionKey);
  return posted ? posted.to : placeOf(state, before);
}

/** What was scrapped or sent back comes in again only by a document that somebody has approved (W-07). */
const takenOut = (state: ReturnState, { code, quantity, dispositionId }: DispositionState): Task => ({
  code: "STOCK_DIFFERENCE",
  summary: `${quantity.value} ${quantity.unit} of ${state.rmaNumber} are to be ${code} now, but the ERP has taken them out by the earlier disposition.`,
  cause: `taken-out:${dispositionId}`,
});

const cameIn = (state: ReturnState, { returnLineId }: Pick<DispositionState, "returnLineId">): string =>
  lineById(state, returnLineId)?.posted?.supplierOwned ? "consignment" : "quarantine";

/** What the ERP has of the receipt line where it came in: no disposition has taken it from there. */
function leftThere(state: ReturnState, { receiptLineId, returnLineId }: DispositionState): Fraction {
  const ids = new Set(
    state.dispositions.filter((one) => one.receiptLineId === receiptLineId).map(({ dispositionId }) => dispositionId),
  );
  const from = cameIn(state, { returnLineId });
  const taken = state.postings.filter((one) => one.from === from && ids.has(one.dispositionId ?? ""));
  return postedBase(state, receiptLineId).sub(sum(taken.map(({ quantity }) => new Fraction(quantity.base))));
}

function request(state: ReturnState, disposition: DispositionState): AdjustmentRequest {
  const line = receiptLineById(state, disposition.receiptLineId)!;
  const returnLine = lineById(state, disposition.returnLineId)!;
  const inspection = state.inspections.find(({ inspectionId }) => inspectionId === disposition.inspectionId)!;
  const to = endings[disposition.code]!.to?.(disposition) ?? null;
  const from = placeOf(state, disposition)!;
  const goods = {
    ref: disposition.dispositionId,
    sku: line.sku,
    quantity: disposition.quantity.value,
    unit: disposition.quantity.unit,
    reasonCode: returnLine.reasonCode,
    serialNumbers: serialsOfDisposition(state, disposition, inspection.serialNumbers.length > 0 ? inspection : line),
    lotNumber: inspection.lotNumber ?? line.lotNumber,
  };
  const out = { ...goods, direction: "OUT" as const, location: from };
  return {
    description: `${disposition.code} of ${state.rmaNumber}`,
    lines: to ? [out, { ...goods, direction: "IN", location: to }] : [out],
  };
}
