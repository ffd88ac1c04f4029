import { Fraction, least, most, sum, zero } from "#shared/decimal.ts";
import { decimalsPerUnit, formatBase, fromBase } from "#shared/quantity.ts";
import { type EffectLetter, mintTransactionKey, parseTransactionKey } from "#shared/transaction-key.ts";
import type { Amount } from "./facts-vocabulary.ts";
import { unitsBefore } from "./dispositions.ts";
import { receivedShares, type ReceivedShare } from "./quantities.ts";
import type {
  AdditionState,
  CreditState,
  DispositionState,
  InspectionState,
  LineState,
  PostingState,
  ReceiptLine,
  ReceiptState,
  ReturnState,
} from "./return-state.ts";
import { dispositionsOf } from "./status.ts";
import type { Run, Task } from "./step.ts";

// Which received units count: what flows ask of the folded return. Fractions are base units.

export const lineById = (state: ReturnState, id: string | null): LineState | undefined =>
  state.lines.find((line) => line.id === id);
export const receiptById = (state: ReturnState, id: string): ReceiptState | undefined =>
  state.receipts.find((receipt) => receipt.id === id);
const receiptLines = (state: ReturnState): ReceiptLine[] => state.receipts.flatMap(({ lines }) => lines);
export const receiptLineById = (state: ReturnState, id: string): ReceiptLine | undefined =>
  receiptLines(state).find(({ receiptLineId }) => receiptLineId === id);
export const receiptOfLine = (state: ReturnState, receiptLineId: string): ReceiptState | undefined =>
  state.receipts.find(({ lines }) => lines.some((line) => line.receiptLineId === receiptLineId));

const shareOf = (state: ReturnState, receiptLine: ReceiptLine): ReceivedShare | undefined => {
  const line = lineById(state, receiptLine.returnLineId);
  return (
    line && receivedShares(state, line).find((share) => share.receiptLine.receiptLineId === receiptLine.receiptLineId)
  );
};

/** Units of a receipt line that are not over: the last units in receipt order are the over ones (vocabulary section 7). */
export const withinAuthorization = (state: ReturnState, receiptLine: ReceiptLine): Fraction =>
  shareOf(state, receiptLine)?.counted ?? zero;

/** Signed: stock in and corrections of a receipt line that the ERP has posted. */
export const postedBase = (state: ReturnState, receiptLineId: string): Fraction =>
  sum(
    state.postings
      .filter(({ kind }) => kind === "STOCK_IN" || kind === "CORRECTION")
      .flatMap(({ lines }) => lines)
      .filter((line) => line.receiptLineId === receiptLineId)
      .map(({ quantity }) => new Fraction(quantity.base)),
  );

/** Signed: what corrections (J) brought in of a receipt line, and took out. */
export const correctedBase = (state: ReturnState, receiptLineId: string): Fraction =>
  sum(
    state.postings
      .filter(({ kind }) => kind === "CORRECTION")
      .flatMap(({ lines }) => lines)
      .filter((line) => line.receiptLineId === receiptLineId)
      .map(({ quantity }) => new Fraction(quantity.base)),
  );

/** Units of a receipt line that come into the ERP by one stock-in: those that were authorized when they came, or an addition, on its own authorization (D-10). */
export type StockBatch = {
  receiptLine: ReceiptLine;
  /** Of the fact that decides the stock-in. */
  version: number;
  addition: AdditionState | null;
  /** Units of the receipt line before these. */
  before: Fraction;
  base: Fraction;
  posted: boolean;
};

/** The stock-ins of a receipt line, in the order of the facts that decide them. */
export function stockBatches(state: ReturnState, receiptLine: ReceiptLine): StockBatch[] {
  const { receiptLineId, version } = receiptLine;
  const additions = state.additions.filter((one) => one.receiptLineId === receiptLineId);
  const within = withinAuthorization(state, receiptLine);
  const first = stockInOf(state, receiptLineId, version);
  const wanted = first
    ? sum(
        first.lines
          .filter((line) => line.receiptLineId === receiptLineId)
          .map(({ quantity }) => new Fraction(quantity.base)),
      )
    : within.sub(sum(additions.map(({ base }) => new Fraction(base))));
  let before = zero;
  const take = (upTo: Fraction) => {
    const base = least(most(zero, upTo), within.sub(before));
    const taken = { before, base };
    before = before.add(base);
    return taken;
  };
  return [
    { receiptLine, version, addition: null, ...take(wanted), posted: first !== undefined },
    ...additions.map((addition) => ({
      receiptLine,
      version: addition.version,
      addition,
      ...take(new Fraction(addition.base)),
      posted: stockInOf(state, receiptLineId, addition.version) !== undefined,
    })),
  ];
}

/** The stock-in of a receipt line that the fact with `version` decided. */
export const stockInOf = (state: ReturnState, receiptLineId: string, version: number): PostingState | undefined =>
  state.postings.find(
    ({ kind, transactionKey, lines }) =>
      kind === "STOCK_IN" &&
      decidedBy(state, transactionKey) === version &&
      lines.some((line) => line.receiptLineId === receiptLineId),
  );

/**
 * Units that count of a receipt line since its stock-in was posted, by no stock-in and no correction: they want a stock-in of their own, for a memo is made from
 * one and never from a correction. After a credit a person decides (D-15).
 */
export function addedLater(state: ReturnState, receiptLine: ReceiptLine): Fraction {
  const { receiptLineId, version } = receiptLine;
  if (!stockInOf(state, receiptLineId, version) || isCorrectedAfterCredit(state, receiptLine)) return zero;
  const told = sum(stockBatches(state, receiptLine).map(({ base }) => base));
  const corrected = most(zero, correctedBase(state, receiptLineId));
  return most(zero, withinAuthorization(state, receiptLine).sub(told).sub(corrected));
}

/** Units of a receipt line whose stock-in is still to come. */
export const toStockIn = (state: ReturnState, receiptLine: ReceiptLine): Fraction =>
  sum(
    stockBatches(state, receiptLine)
      .filter(({ posted }) => !posted)
      .map(({ base }) => base),
  );

/** So many serial numbers of goods that have them, from the first one after `before`; none for others. */
export const serialsOf = (serialNumbers: readonly string[], before: Fraction, base: Fraction): string[] =>
  serialNumbers.slice(before.valueOf(), before.add(base).valueOf());

/** The serial numbers of a disposition among those of its inspection or receipt line: the first units went to the earlier ones, the last of each to what it was changed to. */
export const serialsOfDisposition = (
  state: ReturnState,
  disposition: DispositionState,
  { serialNumbers }: { serialNumbers: readonly string[] },
): string[] => serialsOf(serialNumbers, unitsBefore(state, disposition), new Fraction(disposition.quantity.base));

/** Units of an inspection that are not over, the first inspected ones counting first. */
export function countedBase(state: ReturnState, { inspectionId, receiptLineId }: InspectionState): Fraction {
  const receiptLine = receiptLineById(state, receiptLineId);
  const share = receiptLine && shareOf(state, receiptLine);
  return share?.inspections.find(({ inspection }) => inspection.inspectionId === inspectionId)?.quantity ?? zero;
}

/** Units of an inspection that have no disposition, its own or that of a revision which said the same: more can count later than was decided about (D-10). */
export function undisposed(state: ReturnState, inspection: InspectionState): Fraction {
  const standing = dispositionsOf(state, inspection.inspectionId);
  const decidedOn = state.inspections.find(({ inspectionId }) => inspectionId === standing.at(-1)?.inspectionId);
  const toldOtherwise =
    decidedOn && (decidedOn.grade !== inspection.grade || decidedOn.quantity.base !== inspection.quantity.base);
  if (toldOtherwise) return zero;
  return most(
    zero,
    countedBase(state, inspection).sub(sum(standing.map(({ quantity }) => new Fraction(quantity.base)))),
  );
}

/** Whether every unit of a receipt that counts has been inspected (the join of post-credit, D-16, D-19). */
export const fullyInspected = (state: ReturnState, { lines }: ReceiptState): boolean =>
  lines.every((line) => {
    const share = shareOf(state, line);
    return !share || share.inspected.gte(share.counted);
  });

/** The live credit (not declined, not reversed) that covers a receipt line. */
export const creditOfReceiptLine = (state: ReturnState, receiptLineId: string): CreditState | undefined =>
  creditsOfReceiptLine(state, receiptLineId)[0];

const creditsOfReceiptLine = (state: ReturnState, receiptLineId: string): CreditState[] =>
  state.credits.filter(
    ({ status, lines }) =>
      status !== "DECLINED" && status !== "REVERSED" && lines.some((line) => line.receiptLineId === receiptLineId),
  );

/** Whether a credit of the line was decided on another count than its last correction told: then a person decides (D-15). */
export const isCorrectedAfterCredit = (state: ReturnState, { receiptLineId, correctedVersion }: ReceiptLine): boolean =>
  creditsOfReceiptLine(state, receiptLineId).some(({ version }) => version < (correctedVersion ?? 0));

/** Base units in the line's unit where that is a whole number of its decimals, else in the base unit: what goes over a wire is exact (D-18). */
export function exactAmount(line: LineState, base: Fraction): Amount {
  const places = decimalsPerUnit[line.unit] ?? 5;
  const whole = base
    .div(line.unitFactor)
    .mul(10n ** BigInt(places))
    .divisible(1);
  const [unit, factor] = whole ? [line.unit, line.unitFactor] : [line.posted?.baseUnit ?? line.unit, "1"];
  return { value: fromBase(base, factor), unit, base: formatBase(base) };
}

/** The transaction key of an effect of this return, decided by the fact with `version`; where that intent was undone, by the fact that says so (W-06). */
export function effectKey(state: ReturnState, run: Run, letter: EffectLetter, version: number): string {
  const { installation } = run;
  const key = mintTransactionKey({ installation, about: { rmaNumber: state.rmaNumber }, letter, version });
  const undone = state.undone[key];
  return undone === undefined ? key : effectKey(state, run, letter, undone);
}

/** The version of the fact that decided the effect of a key first, before it was undone and decided again; null for a key that isn't ours. */
export function decidedBy(state: ReturnState, key: string): number | null {
  const parsed = parseTransactionKey(key);
  if (!parsed) return null;
  const [before] = Object.entries(state.undone).find(
    ([undone, version]) => version === parsed.version && parseTransactionKey(undone)?.letter === parsed.letter,
  ) ?? [null];
  return before ? decidedBy(state, before) : parsed.version;
}

/** Whether a person has looked after this very task before: its step goes on without asking again. */
export const wasResolved = ({ exceptions }: ReturnState, asked: Task): boolean =>
  exceptions.some((task) => isSameTask(task, asked) && task.status === "RESOLVED");

/** Whether a task asks for the same: its amounts count. */
export const isSameTask = (task: Pick<Task, "summary" | "amounts"> & { code: string }, other: Task): boolean =>
  task.code === other.code && task.summary === other.summary && task.amounts === other.amounts;
