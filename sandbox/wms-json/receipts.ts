import { fromBase, isMore, minus, sum, toBase } from "./quantities.ts";
import { itemOf, type Site } from "./site.ts";
import type { Inspection, ReceiptLine, ReceiptRow, ReturnRow } from "./tables.ts";
import type { ExpectedLine, Quantity } from "./wire.ts";

/** The key of an instruction and of those it replaces, whose receipts count for it. */
function chainOf(site: Site, { id, content }: ReturnRow): string[] {
  const older = content.replaces === null ? undefined : site.tables.returns.get(content.replaces);
  return [id, ...(older ? chainOf(site, older) : [])];
}

/** Receipt lines for an instruction's line; what came instead of it does not count. */
function receivedLines(site: Site, instruction: ReturnRow, line: number): ReceiptLine[] {
  const receipts = chainOf(site, instruction).flatMap((key) => site.tables.receipts.by("instructionKey", key));
  return receipts
    .flatMap((receipt) => receipt.lines)
    .filter((each) => each.instructionLine === line && each.expectedSku === null);
}

export type LineProgress = {
  expected: ExpectedLine;
  received: Quantity;
  due: Quantity;
  /** Base units. */
  receivedBase: string;
  dueBase: string;
  isDone: boolean;
};

/** What came of an expected line, and what is still to come. */
function progressOf(site: Site, instruction: ReturnRow, expected: ExpectedLine): LineProgress {
  const item = itemOf(site, expected.sku);
  const lines = receivedLines(site, instruction, expected.line);
  const receivedBase = sum(lines.map((line) => toBase(item, line.quantity) ?? "0"));
  const wanted = toBase(item, expected.quantity) ?? "0";
  const isDone = lines.some((line) => line.complete) || !isMore(wanted, receivedBase);
  const dueBase = isDone ? "0" : minus(wanted, receivedBase);
  const inUnit = (base: string) => fromBase(item, base, expected.quantity.unit);
  return { expected, received: inUnit(receivedBase), due: inUnit(dueBase), receivedBase, dueBase, isDone };
}

export const progress = (site: Site, instruction: ReturnRow): LineProgress[] =>
  instruction.content.lines.map((line) => progressOf(site, instruction, line));

export function receiptOf({ tables, code }: Site, number: string): ReceiptRow {
  const receipt = tables.receipts.get(number);
  if (!receipt) throw new Error(`${code} has no receipt ${number}`);
  return receipt;
}

export function lineOf(receipt: ReceiptRow, line: number): ReceiptLine {
  const found = receipt.lines.find((each) => each.line === line);
  if (!found) throw new Error(`receipt ${receipt.id} has no line ${line}`);
  return found;
}

/** The receipt with one of its lines changed. */
export function withLine(receipt: ReceiptRow, line: ReceiptLine): ReceiptRow {
  return { ...receipt, lines: receipt.lines.map((each) => (each.line === line.line ? line : each)) };
}

/** What of a line nobody has inspected yet, in the line's unit. */
export function uninspected(line: ReceiptLine, except?: Inspection): string {
  const inspected = sum(line.inspections.filter((each) => each !== except).map(({ quantity }) => quantity.value));
  return isMore(inspected, line.quantity.value) ? "0" : minus(line.quantity.value, inspected);
}

/** `GET /receipts/{number}`: all lines at their last revision, with inspections. */
export function receiptView({ id, rmaNumber, instructionKey, trackingNumber, receivedAt, lines }: ReceiptRow) {
  return { warehouseReceiptNumber: id, receivedAt, rmaNumber, instructionKey, trackingNumber, lines };
}

/** The data of `receipt.recorded` for some of a receipt's lines. */
export function receiptData(receipt: ReceiptRow, lines: ReceiptLine[]) {
  return { ...receiptView(receipt), lines: lines.map(({ inspections: _, ...line }) => line) };
}
