import { Fraction, sum, zero } from "#shared/decimal.ts";
import { decimalsPerUnit, formatBase, fromBase } from "#shared/quantity.ts";
import { type EffectLetter, mintTransactionKey, parseTransactionKey } from "#shared/transaction-key.ts";
import type { Amount } from "./facts-vocabulary.ts";
import { receivedShares, type ReceivedShare } from "./quantities.ts";
import type {
  CreditState,
  InspectionState,
  LineState,
  ReceiptLine,
  ReceiptState,
  ReturnState,
} from "./return-state.ts";
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

/** Units of an inspection that are not over, the first inspected ones counting first. */
export function countedBase(state: ReturnState, { inspectionId, receiptLineId }: InspectionState): Fraction {
  const receiptLine = receiptLineById(state, receiptLineId);
  const share = receiptLine && shareOf(state, receiptLine);
  return share?.inspections.find(({ inspection }) => inspection.inspectionId === inspectionId)?.quantity ?? zero;
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
export const wasResolved = ({ exceptions }: ReturnState, { code, summary }: Task): boolean =>
  exceptions.some((task) => task.code === code && task.summary === summary && task.status === "RESOLVED");
