import type { Fact, FactData, FactKind } from "./facts-vocabulary.ts";
import type { LineState, ReceiptLine, ReturnState, SystemEntry } from "./return-state.ts";
import { UnfoldableFact } from "./unfoldable-fact.ts";
import { type EffectLetter, effects, parseTransactionKey } from "#shared/transaction-key.ts";

export type Handler<Kind extends FactKind> = (state: ReturnState, data: FactData[Kind], fact: Fact) => ReturnState;
/** What each kind of fact changes; return.requested opens the return. */
export type Handlers = { [Kind in Exclude<FactKind, "return.requested">]: Handler<Kind> };
export type HandlersOf<Kinds extends FactKind> = { [Kind in Kinds]: Handler<Kind> };

/** A fact that only stands in the log. */
export const unchanged = (state: ReturnState): ReturnState => state;

/** `list` with the one element that fits changed. Throws UnfoldableFact when none does. */
export function changeOne<Item>(
  list: Item[],
  fits: (item: Item) => boolean,
  change: (item: Item) => Partial<Item>,
  fact: Fact,
  what: string,
): Item[] {
  if (!list.some(fits)) throw new UnfoldableFact(fact, `the return has no ${what}.`);
  return list.map((item) => (fits(item) ? { ...item, ...change(item) } : item));
}

export const changeLine = (
  state: ReturnState,
  lineId: string,
  change: (line: LineState) => Partial<LineState>,
  fact: Fact,
): ReturnState => ({
  ...state,
  lines: changeOne(state.lines, ({ id }) => id === lineId, change, fact, `line ${lineId}`),
});

/** Changes the lines that a fact names. */
export function changeLines<Named extends { lineId: string }>(
  state: ReturnState,
  named: readonly Named[],
  change: (line: LineState, named: Named) => Partial<LineState>,
  fact: Fact,
): ReturnState {
  return named.reduce((changed, one) => changeLine(changed, one.lineId, (line) => change(line, one), fact), state);
}

export function changeReceiptLine(
  state: ReturnState,
  id: string,
  change: (line: ReceiptLine) => Partial<ReceiptLine>,
  fact: Fact,
): ReturnState {
  const fits = (line: ReceiptLine) => line.receiptLineId === id;
  const receipts = changeOne(
    state.receipts,
    ({ lines }) => lines.some(fits),
    ({ lines }) => ({ lines: changeOne(lines, fits, change, fact, `receipt line ${id}`) }),
    fact,
    `receipt line ${id}`,
  );
  return { ...state, receipts };
}

/** Whose documents are not the ERP's. */
const outside: { [Letter in EffectLetter]?: string } = { W: "wms", L: "carrier", K: "crm", E: "mail" };

/** How the outside document of a transaction key stands, for `systems`; a key that is not ours (a document made by hand) is left out. */
export function withSystem(state: ReturnState, transactionKey: string, entry: Partial<SystemEntry>): ReturnState {
  const letter = parseTransactionKey(transactionKey)?.letter;
  const known = state.systems.find((candidate) => candidate.transactionKey === transactionKey);
  if (!letter && !known) return state;
  const blank: SystemEntry = {
    system: (letter && outside[letter]) ?? "erp",
    document: letter ? effects[letter] : "document",
    transactionKey,
    syncStatus: "PENDING",
    reference: null,
    confirmedAt: null,
  };
  const changed = { ...blank, ...known, ...entry };
  return {
    ...state,
    systems: known ? state.systems.map((old) => (old === known ? changed : old)) : [...state.systems, changed],
  };
}

/** The document is there: read back or answered. */
export const confirmed = (state: ReturnState, transactionKey: string, reference: string, fact: Fact): ReturnState =>
  withSystem(state, transactionKey, { syncStatus: "CONFIRMED", reference, confirmedAt: fact.recordedAt });
