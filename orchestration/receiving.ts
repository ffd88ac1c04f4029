import { Fraction } from "#shared/decimal.ts";
import { toBase } from "#shared/quantity.ts";
import { newId } from "#shared/ids.ts";
import type { Amount, NewFact, RecordedReceiptLine } from "./facts-vocabulary.ts";
import { authorizedOf } from "./quantities.ts";
import type { LineState, ReceiptLine, ReceiptState, ReturnState } from "./return-state.ts";
import type { Task } from "./step.ts";
import { voidedByReceipt } from "./voiding.ts";

/** A receipt as a warehouse or a person tells it; a line's quantity is the total of its revision, not the delta (wires 1.2). */
export type ToldReceipt = {
  warehouse: string;
  warehouseReceiptNumber: string;
  receivedAt: string;
  trackingNumber: string | null;
  /** Keyed by a person: counts for D-24. */
  manual: boolean;
  lines: ToldReceiptLine[];
};
export type ToldReceiptLine = {
  line: number;
  revision: number;
  /** Position in our instruction, from 1; null when the warehouse could not tell. */
  instructionLine: number | null;
  returnLineId: string | null;
  sku: string;
  quantity: { value: string; unit: string };
  condition: string;
  serialNumbers: string[];
  lotNumber: string | null;
  expiresOn: string | null;
  bin: string | null;
};
export type Recorded = { receiptId: string | null; facts: NewFact[]; tasks: Task[] };

/**
 * What a told receipt means for a return (D-12, D-15, W-18): new lines, corrections of lines by a higher revision, nothing for what is known
 * (whatever its event id), a task for the same revision with other content. Pure.
 */
export function recordReceipt(
  state: ReturnState,
  told: ToldReceipt,
  /** Serials that came back before, on whatever return of the customer: each comes back once (D-17). */
  back: readonly string[] = [],
): Recorded {
  const known = state.receipts.find(
    (receipt) => receipt.warehouse === told.warehouse && receipt.warehouseReceiptNumber === told.warehouseReceiptNumber,
  );
  const receiptId = known?.id ?? newId("rcp");
  const fresh = told.lines.filter(({ line }) => !lineOf(known, line));
  const again = told.lines.flatMap((line) => retold(state, known, line, told));
  return {
    receiptId: known || fresh.length > 0 ? receiptId : null,
    facts: [...freshFacts(state, receiptId, told, { fresh, back }), ...again.flatMap(({ facts }) => facts)],
    tasks: again.flatMap(({ tasks }) => tasks),
  };
}

const lineOf = (receipt: ReceiptState | undefined, line: number): ReceiptLine | undefined =>
  receipt?.lines.find((known) => known.line === line);

type Fresh = { fresh: ToldReceiptLine[]; back: readonly string[] };

function freshFacts(state: ReturnState, receiptId: string, told: ToldReceipt, { fresh, back }: Fresh): NewFact[] {
  if (fresh.length === 0) return [];
  const { warehouse, warehouseReceiptNumber, receivedAt, trackingNumber, manual } = told;
  const lines = matchLines(state, { fresh, back });
  const recorded: NewFact = {
    kind: "receipt.recorded",
    data: { receiptId, warehouseReceiptNumber, warehouse, receivedAt, trackingNumber, manual, lines },
    occurredAt: receivedAt,
  };
  const nobodyWaits = state.lines.every((line) => authorizedOf(line).equals(0));
  return nobodyWaits
    ? [recorded, { kind: "receipt.arrived-unauthorized", data: { receiptId, warehouseReceiptNumber, warehouse } }]
    : [recorded];
}

/** Matches line by line, in order; a unit of the same event already matched is no longer open for the next line. */
function matchLines(state: ReturnState, { fresh, back }: Fresh): RecordedReceiptLine[] {
  const taken = new Map<string, Fraction>();
  return fresh.map((told) => {
    const candidate = candidateFor(state, told, taken);
    const quantity = amountOf(candidate, told.quantity);
    const recorded: RecordedReceiptLine = {
      ...plain(told),
      receiptLineId: newId("rcl"),
      returnLineId: null,
      quantity: quantity ?? { ...told.quantity, base: told.quantity.value },
      state: "UNMATCHED",
    };
    if (!candidate)
      return state.lines.some(({ posted }) => posted?.sku === told.sku)
        ? recorded
        : { ...recorded, state: told.instructionLine || told.returnLineId ? "MISMATCHED" : "UNMATCHED" };
    if (
      candidate.posted?.sku !== told.sku ||
      !quantity ||
      !serialsFit(candidate, told, back) ||
      !lotFits(candidate, told)
    )
      return { ...recorded, state: "MISMATCHED" };
    const before = receivedOn(state, candidate.id).add(taken.get(candidate.id) ?? 0);
    taken.set(candidate.id, (taken.get(candidate.id) ?? new Fraction(0)).add(quantity.base));
    const over = before.add(quantity.base).gt(authorizedOf(candidate));
    return { ...recorded, returnLineId: candidate.id, state: over ? "OVER" : "MATCHED" };
  });
}

const plain = ({ line, revision, sku, condition, serialNumbers, lotNumber, expiresOn, bin }: ToldReceiptLine) => ({
  line,
  revision,
  sku,
  condition,
  serialNumbers,
  lotNumber,
  expiresOn,
  bin,
});

/** The line the warehouse names, else the first of that SKU that still waits, else the first of that SKU. Nothing is matched to a line that is not authorized. */
function candidateFor(state: ReturnState, told: ToldReceiptLine, taken: Map<string, Fraction>): LineState | undefined {
  const authorized = state.lines.filter((line) => authorizedOf(line).gt(0));
  const named = told.returnLineId
    ? authorized.find(({ id }) => id === told.returnLineId)
    : told.instructionLine
      ? authorized.find((line) => state.lines.indexOf(line) === told.instructionLine! - 1)
      : undefined;
  if (named) return named;
  const sameSku = authorized.filter(({ posted }) => posted?.sku === told.sku);
  return (
    sameSku.find((line) =>
      receivedOn(state, line.id)
        .add(taken.get(line.id) ?? 0)
        .lt(authorizedOf(line)),
    ) ?? sameSku[0]
  );
}

const receivedOn = (state: ReturnState, lineId: string): Fraction =>
  state.receipts
    .flatMap(({ lines }) => lines)
    .reduce((sum, line) => (line.returnLineId === lineId ? sum.add(line.quantity.base) : sum), new Fraction(0));

/** D-18: by the factor on the posted line; null for a unit that neither the line nor the item's base unit is. */
export function amountOf(line: LineState | undefined, { value, unit }: { value: string; unit: string }): Amount | null {
  if (!line?.posted) return null;
  const factors: Record<string, string> = {
    [line.posted.invoicedUnit]: line.posted.invoicedUnitFactor,
    [line.unit]: line.unitFactor,
    [line.posted.baseUnit]: "1",
  };
  const factor = factors[unit];
  return factor === undefined ? null : { value, unit, base: toBase(value, factor) };
}

/** D-17: a serial that was not shipped on this line, or came back before, is not this line's goods. */
const serialsFit = ({ posted }: LineState, { serialNumbers }: ToldReceiptLine, back: readonly string[]): boolean =>
  !posted?.serialized ||
  posted.shippedSerials.length === 0 ||
  serialNumbers.every((serial) => posted.shippedSerials.includes(serial) && !back.includes(serial));
const lotFits = ({ posted }: LineState, { lotNumber }: ToldReceiptLine): boolean =>
  !posted?.lotTracked || !lotNumber || posted.shippedLots.length === 0 || posted.shippedLots.includes(lotNumber);

/** D-15: what another telling of a known line means. */
function retold(
  state: ReturnState,
  receipt: ReceiptState | undefined,
  told: ToldReceiptLine,
  { warehouse, warehouseReceiptNumber, manual }: ToldReceipt,
): { facts: NewFact[]; tasks: Task[] }[] {
  const known = lineOf(receipt, told.line);
  if (!receipt || !known || told.revision < known.revision) return [];
  const line = state.lines.find(({ id }) => id === known.returnLineId);
  const quantity = amountOf(line, told.quantity) ?? { ...told.quantity, base: told.quantity.value };
  const same = new Fraction(quantity.base).equals(known.quantity.base) && told.sku === known.sku;
  if (told.revision === known.revision && same) return [];
  if (told.revision === known.revision) return [suspect(receipt, told, { warehouse, warehouseReceiptNumber })];
  const data = {
    receiptId: receipt.id,
    receiptLineId: known.receiptLineId,
    revision: told.revision,
    quantity,
    before: known.quantity,
    manual,
  };
  const voided = voidedByReceipt(state, known.receiptLineId, quantity.base);
  return [{ facts: [{ kind: "receipt.corrected", data }, ...voided], tasks: [] }];
}

function suspect(
  receipt: ReceiptState,
  told: ToldReceiptLine,
  { warehouse, warehouseReceiptNumber }: Pick<ToldReceipt, "warehouse" | "warehouseReceiptNumber">,
): { facts: NewFact[]; tasks: Task[] } {
  const bodyHash = JSON.stringify([told.sku, told.quantity, told.serialNumbers, told.lotNumber]);
  return {
    facts: [
      {
        kind: "receipt.duplicate-suspected",
        data: { receiptId: receipt.id, warehouseReceiptNumber, warehouse, line: told.line, bodyHash },
      },
    ],
    tasks: [
      {
        code: "DUPLICATE_SUSPECTED",
        summary: `Line ${told.line} of warehouse receipt ${warehouseReceiptNumber} came again at revision ${told.revision} with ${told.quantity.value} ${told.quantity.unit} of ${told.sku}; we hold other content.`,
        cause: `duplicate:${receipt.id}:${told.line}:${bodyHash}`,
      },
    ],
  };
}
