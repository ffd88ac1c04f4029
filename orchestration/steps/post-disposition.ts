import type { AdjustmentRequest } from "#adapters/erp/port.ts";
import type { EffectLetter } from "#shared/transaction-key.ts";
import { newId } from "#shared/ids.ts";
import { dispositionOf, inspectionById, isTold } from "../dispositions.ts";
import { countedBase, effectKey, lineById, receiptLineById, serialsOfDisposition, wasResolved } from "../goods.ts";
import { amountOf } from "../receiving.ts";
import type { DispositionState, ReturnState } from "../return-state.ts";
import { awaitMove, broughtByMemo, handMove, type HandMove } from "../hand-moves.ts";
import type { DocumentStep, Guard, Run, Task } from "../step.ts";
import { isThere, placeOf } from "../where-goods-are.ts";

type Ending = {
  letter: EffectLetter;
  kind: "MOVE" | "SCRAP" | "CORRECTION";
  to: ((d: DispositionState) => string) | null;
};

/** How a disposition ends in the ERP (vocabulary section 2): moved to a place of ours, scrapped, or taken out because it goes back. What is not here ends nowhere. */
const endings: Record<string, Ending> = {
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

/** D, S or J: the disposition in the ERP, once its goods are there in quarantine (D-01). Where no document of ours can do it, a person is asked (D-02). */
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
    if (!disposition.executedAt && !isTold(state, disposition)) return { end: "the warehouse was not told of it yet" };
    if (!run.systems.erpOf(state.companyId).movesStock)
      return awaitHandMove(state, run) ?? { skip: "a person has moved the goods" };
    const place = placeOf(state, disposition);
    if (place === null) return { task: takenOut(state, disposition) };
    if (!isThere(state, disposition)) return notThere(state, disposition, run);
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

/** Goods that are still to come; or that the warehouse took back after their disposition, and that a person has to say something of. */
function notThere(state: ReturnState, { code, quantity, dispositionId }: DispositionState, run: Run): Guard {
  if (countedBase(state, inspectionById(state, run.subject)!).gt(0)) return { end: "the goods are not in the ERP yet" };
  const task: Task = {
    code: "STOCK_DIFFERENCE",
    summary: `${quantity.value} ${quantity.unit} of ${state.rmaNumber} were to be ${code}, but the warehouse took them back: the ERP has none of them.`,
    cause: `taken-back:${dispositionId}`,
  };
  return wasResolved(state, task) ? { skip: "a person has looked after it" } : { task };
}

/** What was scrapped or sent back comes in again only by a document that somebody has approved (W-07). */
const takenOut = (state: ReturnState, { code, quantity, dispositionId }: DispositionState): Task => ({
  code: "STOCK_DIFFERENCE",
  summary: `${quantity.value} ${quantity.unit} of ${state.rmaNumber} are to be ${code} now, but the ERP has taken them out by the earlier disposition.`,
  cause: `taken-out:${dispositionId}`,
});

/** What the guard says of a move that a person is to make; null once it is booked. */
export function awaitHandMove(state: ReturnState, run: Run): Exclude<Guard, "go"> | null {
  const disposition = dispositionOf(state, run.subject)!;
  const brought = broughtByMemo(state, inspectionById(state, run.subject)!, run.policies, disposition);
  if (brought === "COMES")
    return { end: "neither has a credit memo brought the goods in, nor is their replacement ordered" };
  const place = placeOf(state, disposition);
  if (brought === "IN" && place === null) return { task: takenOut(state, disposition) };
  if (brought === "IN" && endings[disposition.code]!.to?.(disposition) === place)
    return { skip: "the goods are there" };
  return awaitMove(state, handMoveOf(state, run), run);
}

/** The move that a person is asked to make of a disposition's goods. */
export function handMoveOf(state: ReturnState, run: Run): HandMove & Ends {
  const disposition = dispositionOf(state, run.subject)!;
  const { kind, to } = endings[disposition.code]!;
  const isIn = broughtByMemo(state, inspectionById(state, run.subject)!, run.policies, disposition) === "IN";
  const ends: Ends = isIn
    ? { kind, from: placeOf(state, disposition), to: to?.(disposition) ?? null }
    : { kind: "CORRECTION", from: null, to: null };
  return { ...handMove(state, { disposition, ...ends, system: run.systems.erpOf(state.companyId).system }), ...ends };
}
/** `from` is null where the ERP never had the goods. */
type Ends = { kind: Ending["kind"]; from: string | null; to: string | null };

export const movesInErp = (state: ReturnState, run: Run): boolean =>
  endings[dispositionOf(state, run.subject)!.code] !== undefined;

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
