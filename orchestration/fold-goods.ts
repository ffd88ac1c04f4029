import { sum, toPlain } from "#shared/decimal.ts";
import { formatBase, fromBase } from "#shared/quantity.ts";
import { addBase, base, isPositive, subtractBase } from "./base-quantity.ts";
import type {
  Amount,
  DispositionData,
  Fact,
  FactData,
  InspectionData,
  PostingLine,
  RecordedReceiptLine,
} from "./facts-vocabulary.ts";
import {
  changeLine,
  changeOne,
  changeReceiptLine,
  confirmed,
  unchanged,
  withSystem,
  type HandlersOf,
} from "./fold-handlers.ts";
import type { DispositionState, InspectionState, PostingState, ReceiptLine, ReturnState } from "./return-state.ts";
import { exactAmount } from "./goods.ts";
import { UnfoldableFact } from "./unfoldable-fact.ts";

// Receipt, inspection, disposition and stock.

export const foldGoods: HandlersOf<
  | "event.parked"
  | "event.released"
  | "receipt.recorded"
  | "receipt.corrected"
  | "receipt.matched"
  | "receipt.arrived-unauthorized"
  | "receipt.duplicate-suspected"
  | "discrepancy.raised"
  | "discrepancy.resolved"
  | "line.short-closed"
  | "inspection.started"
  | "inspection.reopened"
  | "inspection.disputed"
  | "inspection.completed"
  | "inspection.corrected"
  | "disposition.decided"
  | "disposition.changed"
  | "disposition.instructed"
  | "disposition.instruction-withdrawn"
  | "disposition.executed"
  | "inventory.received"
  | "inventory.adjusted"
  | "inventory.corrected"
  | "inventory.confirmed"
> = {
  "event.parked": unchanged,
  "event.released": unchanged,

  "receipt.recorded": (state, data, fact) => recordReceipt(state, data, fact),

  "receipt.corrected": (state, { receiptLineId, revision, quantity }, fact) =>
    changeReceiptLine(
      state,
      receiptLineId,
      ({ state: before }) => ({
        revision,
        quantity,
        correctedVersion: fact.version,
        state: before === "MATCHED" ? "CORRECTED" : before,
      }),
      fact,
    ),

  "receipt.matched": (state, { lines }, fact) =>
    lines.reduce(
      (matched, { receiptLineId, returnLineId }) =>
        changeReceiptLine(matched, receiptLineId, () => ({ returnLineId, state: "MATCHED" }), fact),
      state,
    ),

  "receipt.arrived-unauthorized": unchanged,
  "receipt.duplicate-suspected": unchanged,

  "discrepancy.raised": (state, data) => ({
    ...state,
    discrepancies: [...state.discrepancies, { ...data, status: "OPEN" }],
  }),
  "discrepancy.resolved": (state, { discrepancyId, status }, fact) => ({
    ...state,
    discrepancies: changeOne(
      state.discrepancies,
      (one) => one.discrepancyId === discrepancyId,
      () => ({ status }),
      fact,
      `discrepancy ${discrepancyId}`,
    ),
  }),

  "line.short-closed": (state, { lineId, quantity }, fact) => ({
    ...changeLine(state, lineId, ({ shortClosed }) => ({ shortClosed: addBase(shortClosed, quantity.base) }), fact),
    amendedVersion: fact.version,
  }),

  "inspection.started": (state, { receiptLineId }, fact) =>
    changeReceiptLine(state, receiptLineId, () => ({ inspecting: true }), fact),
  "inspection.reopened": (state, { inspectionId }, fact) => {
    const inspection = inspectionOf(state, inspectionId, fact);
    return changeReceiptLine(state, inspection.receiptLineId, () => ({ inspecting: true }), fact);
  },
  "inspection.disputed": (state, { inspectionId }, fact) => ({
    ...state,
    inspections: changeOne(
      state.inspections,
      (one) => one.inspectionId === inspectionId,
      () => ({ disputed: true }),
      fact,
      `inspection ${inspectionId}`,
    ),
  }),
  "inspection.completed": (state, data, fact) => addInspection(state, data, null, fact),
  "inspection.corrected": (state, { replaces, ...data }, fact) => {
    inspectionOf(state, replaces, fact);
    const inspections = state.inspections.map((old) =>
      old.inspectionId === replaces ? { ...old, superseded: true } : old,
    );
    return addInspection({ ...state, inspections }, data, replaces, fact);
  },

  "disposition.decided": (state, data, fact) => addDisposition(state, { ...data, replaces: null }, fact),
  "disposition.changed": (state, { replaces, note: _, ...data }, fact) => {
    const dispositions = changeOne(
      state.dispositions,
      (one) => one.dispositionId === replaces,
      (old) => replacedBy(state, old, data.quantity),
      fact,
      `disposition ${replaces}`,
    );
    return addDisposition({ ...state, dispositions }, { ...data, replaces }, fact);
  },
  "disposition.instructed": (state, { dispositionId, transactionKey, quantity }, fact) =>
    changeDisposition(
      confirmed(state, transactionKey, warehouseOf(state, dispositionId), fact),
      dispositionId,
      ({ instruction }) => ({
        instruction: {
          transactionKey,
          quantity,
          state: "TOLD",
          refused: instruction?.transactionKey === transactionKey,
        },
      }),
      fact,
    ),
  "disposition.instruction-withdrawn": (state, { dispositionId, transactionKey, state: answer }, fact) => {
    const isGone = answer === "CANCELLED";
    const told = withSystem(state, transactionKey, isGone ? { syncStatus: "COMPENSATED" } : {});
    const undone = isGone ? { ...told.undone, [transactionKey]: fact.version } : told.undone;
    return changeDisposition(
      { ...told, undone },
      dispositionId,
      ({ instruction }) => (instruction ? { instruction: { ...instruction, state: answer } } : {}),
      fact,
    );
  },
  "disposition.executed": (state, { dispositionId, executedAt, bin }, fact) =>
    changeDisposition(state, dispositionId, () => ({ executedAt, bin }), fact),

  "inventory.received": (state, data, fact) => receiveStock(state, data, fact),

  "inventory.adjusted": (state, data, fact) => {
    const { transactionKey, documentNumber, dispositionId } = data;
    const adjusted = changeDisposition(
      confirmed(state, transactionKey, documentNumber, fact),
      dispositionId,
      () => ({ adjusted: { transactionKey, documentNumber } }),
      fact,
    );
    return addPosting(adjusted, {
      ...posting(data, fact),
      kind: data.kind,
      dispositionId,
      from: data.from,
      to: data.to,
      quantity: data.quantity,
    });
  },

  "inventory.corrected": (state, data, fact) =>
    addPosting(confirmed(state, data.transactionKey, data.documentNumber, fact), {
      ...posting(data, fact),
      kind: "CORRECTION",
      receiptId: data.receiptId,
      quantity: data.delta,
      lines: [{ ...receivedGoods(state, data.receiptLineId, fact), quantity: data.delta, erpLineId: null }],
    }),

  "inventory.confirmed": (state, { side, dispositionId }, fact) =>
    changeDisposition(
      state,
      dispositionId,
      ({ confirmed: before }) => ({ confirmed: { ...before, [side]: true } }),
      fact,
    ),
};

function recordReceipt(
  state: ReturnState,
  { receiptId, lines, manual, ...told }: FactData["receipt.recorded"],
  fact: Fact,
): ReturnState {
  const before = state.receipts.flatMap((receipt) => receipt.lines).length;
  const added = lines.map((line, i) => receiptLine(line, receiptId, before + i + 1, fact));
  const known = state.receipts.find(({ id }) => id === receiptId);
  if (known)
    return {
      ...state,
      receipts: state.receipts.map((receipt) =>
        receipt === known ? { ...receipt, lines: [...receipt.lines, ...added] } : receipt,
      ),
    };
  const receipt = {
    id: receiptId,
    ...told,
    trackingNumber: told.trackingNumber ?? null,
    manual,
    keyedBy: manual ? fact.actor : null,
    source: fact.source,
    lines: added,
  };
  return { ...state, receipts: [...state.receipts, receipt] };
}

const receiptLine = (line: RecordedReceiptLine, receiptId: string, order: number, { version }: Fact): ReceiptLine => ({
  ...line,
  receiptId,
  order,
  version,
  correctedVersion: null,
  inspecting: false,
});

function inspectionOf(state: ReturnState, inspectionId: string, fact: Fact): InspectionState {
  const inspection = state.inspections.find((one) => one.inspectionId === inspectionId);
  if (!inspection) throw new UnfoldableFact(fact, `the return has no inspection ${inspectionId}.`);
  return inspection;
}

function addInspection(state: ReturnState, data: InspectionData, replaces: string | null, fact: Fact): ReturnState {
  const inspection = {
    ...data,
    version: fact.version,
    replaces,
    superseded: false,
    disputed: false,
    keyedBy: data.manual ? fact.actor : null,
  };
  const inspected = changeReceiptLine(state, data.receiptLineId, () => ({ inspecting: false }), fact);
  return { ...inspected, inspections: [...inspected.inspections, inspection] };
}

function addDisposition(
  state: ReturnState,
  data: DispositionData & { replaces: string | null },
  fact: Fact,
): ReturnState {
  const disposition: DispositionState = {
    ...data,
    version: fact.version,
    decidedBy: fact.actor,
    decidedAt: fact.occurredAt,
    superseded: false,
    executedAt: null,
    bin: null,
    adjusted: null,
    confirmed: { WMS: false, ERP: false },
  };
  return { ...state, dispositions: [...state.dispositions, disposition] };
}

function replacedBy(state: ReturnState, old: DispositionState, taken: Amount): Partial<DispositionState> {
  const rest = subtractBase(old.quantity.base, taken.base);
  if (!isPositive(rest)) return { superseded: true };
  const factor = base(old.quantity.base).div(base(old.quantity.value));
  const value = fromBase(base(rest).div(factor), "1");
  const line = state.lines.find(({ id }) => id === old.returnLineId);
  const isExact = base(value).mul(factor).equals(base(rest));
  return { quantity: isExact || !line ? { ...old.quantity, base: rest, value } : exactAmount(line, base(rest)) };
}

const changeDisposition = (
  state: ReturnState,
  id: string,
  change: (one: DispositionState) => Partial<DispositionState>,
  fact: Fact,
): ReturnState => ({
  ...state,
  dispositions: changeOne(state.dispositions, (one) => one.dispositionId === id, change, fact, `disposition ${id}`),
});

const warehouseOf = ({ dispositions }: ReturnState, id: string): string =>
  dispositions.find(({ dispositionId }) => dispositionId === id)?.warehouse ?? "";

const addPosting = (state: ReturnState, added: PostingState): ReturnState => ({
  ...state,
  postings: [...state.postings, added],
});

const posting = (data: { postingId: string; transactionKey: string; documentNumber: string }, fact: Fact) => ({
  id: data.postingId,
  version: fact.version,
  transactionKey: data.transactionKey,
  documentId: null,
  documentNumber: data.documentNumber,
  receiptId: null,
  dispositionId: null,
  from: null,
  to: null,
  postedAt: fact.occurredAt,
  lines: [],
});

function receiveStock(state: ReturnState, data: FactData["inventory.received"], fact: Fact): ReturnState {
  const { documentId, receiptId, location, lines } = data;
  const received = confirmed(state, data.transactionKey, data.documentNumber, fact);
  return addPosting(received, {
    ...posting(data, fact),
    kind: "STOCK_IN",
    documentId,
    receiptId,
    to: location,
    quantity: totalOf(lines, state),
    lines,
  });
}

/** The lines' quantity in their unit where they share one, else in base units. */
function totalOf(lines: readonly PostingLine[], state: ReturnState): Amount {
  const [first] = lines;
  const total = formatBase(sum(lines.map(({ quantity }) => base(quantity.base))));
  if (first && lines.every(({ quantity }) => quantity.unit === first.quantity.unit))
    return {
      value: toPlain(sum(lines.map(({ quantity }) => base(quantity.value))), 5),
      unit: first.quantity.unit,
      base: total,
    };
  const baseUnit = state.lines.find(({ id }) => id === first?.returnLineId)?.posted?.baseUnit;
  return { value: total, unit: baseUnit ?? first?.quantity.unit ?? "EA", base: total };
}

function receivedGoods(
  state: ReturnState,
  receiptLineId: string,
  fact: Fact,
): Pick<PostingLine, "receiptLineId" | "returnLineId" | "sku"> {
  const line = state.receipts.flatMap(({ lines }) => lines).find((one) => one.receiptLineId === receiptLineId);
  if (!line) throw new UnfoldableFact(fact, `the return has no receipt line ${receiptLineId}.`);
  return { receiptLineId, returnLineId: line.returnLineId, sku: line.sku };
}
