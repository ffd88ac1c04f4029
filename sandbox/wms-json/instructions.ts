import { isDeepStrictEqual } from "node:util";
import type { Answer } from "../http.ts";
import type { Item } from "../seed/types.ts";
import { Refusal } from "./answers.ts";
import { fromBase, isMore, isSameAmount, minus, sum, toBase } from "./quantities.ts";
import { lineOf, progress } from "./receipts.ts";
import { itemOf, type Site } from "./site.ts";
import { lyingIn } from "./stock.ts";
import type { Cancelling, DispositionRow, ReturnRow } from "./tables.ts";
import { type DispositionInstruction, type Quantity, type ReturnInstruction, STATUSES } from "./wire.ts";

export type InstructionState = "OPEN" | "PARTIAL" | "DONE" | "CANCEL_REQUESTED" | "CANCELLED";

/** 201 new, 200 the same content again, 409 KEY_REUSED other content, 422. */
export function putReturn(site: Site, key: string, content: ReturnInstruction): Answer {
  const { returns } = site.tables;
  const before = returns.get(key);
  if (before) return again(before, content, () => returnView(site, before));
  checkReturn(site, content);
  const row = returns.put({ id: key, content, cancelling: "NO", replacedBy: null });
  const older = content.replaces === null ? undefined : returns.get(content.replaces);
  if (older) returns.put({ ...older, cancelling: "DONE", replacedBy: key });
  return { status: 201, body: returnView(site, row) };
}

export function putDisposition(site: Site, key: string, content: DispositionInstruction): Answer {
  const { dispositions } = site.tables;
  const before = dispositions.get(key);
  if (before) return again(before, content, () => dispositionView(before));
  checkDisposition(site, content);
  const row = dispositions.put({ id: key, content, cancelling: "NO", executed: "0" });
  return { status: 201, body: dispositionView(row) };
}

function again<Row extends { content: unknown }>(before: Row, content: unknown, view: () => unknown): Answer {
  if (isDeepStrictEqual(before.content, content)) return { status: 200, body: view() };
  throw new Refusal("KEY_REUSED", "This key was used for other content.");
}

function checkReturn(site: Site, { company, lines, replaces }: ReturnInstruction): void {
  if (replaces !== null && !site.tables.returns.get(replaces))
    throw new Refusal("INVALID", `No instruction ${replaces}.`, { field: "replaces" });
  if (!site.companies.has(company))
    throw new Refusal("INVALID", `This site does not work for ${company}.`, { field: "company" });
  const numbers = new Set(lines.map(({ line }) => line));
  if (numbers.size !== lines.length) throw new Refusal("INVALID", "Line numbers repeat.", { field: "lines" });
  lines.forEach(({ sku, quantity }, index) => checkGoods(site, sku, quantity, `lines[${index}].`));
}

function checkGoods(site: Site, sku: string, quantity: Quantity, at: string): Item {
  const item = site.items.get(sku);
  if (!item) throw new Refusal("INVALID", `No item ${sku}.`, { field: `${at}sku` });
  if (toBase(item, quantity) === undefined)
    throw new Refusal("INVALID", `${sku} is not kept in ${quantity.unit}.`, { field: `${at}quantity.unit` });
  if (!isMore(quantity.value, "0"))
    throw new Refusal("INVALID", "The quantity must be above 0.", { field: `${at}quantity.value` });
  return item;
}

/** The goods must have been received, and no more may be asked for than lies there without another open instruction. */
function checkDisposition(site: Site, content: DispositionInstruction): void {
  const { warehouseReceiptNumber, receiptLine, quantity } = content;
  const receipt = site.tables.receipts.get(warehouseReceiptNumber);
  if (!receipt)
    throw new Refusal("INVALID", `No receipt ${warehouseReceiptNumber}.`, { field: "warehouseReceiptNumber" });
  const line = receipt.lines.find((each) => each.line === receiptLine);
  if (!line) throw new Refusal("INVALID", `No line ${receiptLine}.`, { field: "receiptLine" });
  const item = checkGoods(site, line.sku, quantity, "");
  const here = sum(STATUSES.map((status) => lyingIn(site.tables, warehouseReceiptNumber, receiptLine, status)));
  const free = minus(here, promised(site, warehouseReceiptNumber, receiptLine, item));
  if (isMore(toBase(item, quantity) ?? "0", free))
    throw new Refusal("INVALID", `Only ${free} ${item.baseUnit} of this line lie here.`, { field: "quantity.value" });
}

/** Base units of a receipt line that open instructions will still move. */
function promised(site: Site, receipt: string, line: number, item: Item): string {
  const open = site.tables.dispositions.find(
    ({ content, cancelling }) =>
      cancelling === "NO" && content.warehouseReceiptNumber === receipt && content.receiptLine === line,
  );
  return sum(open.map((row) => minus(toBase(item, row.content.quantity) ?? "0", executedBase(row, item))));
}

const executedBase = ({ executed, content }: DispositionRow, item: Item): string =>
  toBase(item, { value: executed, unit: content.quantity.unit }) ?? "0";

/** `GET` on either, and what a PUT and a cancel answer. */
export function returnView(site: Site, row: ReturnRow) {
  const lines = progress(site, row).map(({ expected, received }) => ({
    line: expected.line,
    expected: expected.quantity,
    received,
  }));
  return { key: row.id, state: returnState(site, row), lines, instruction: row.content };
}

export function dispositionView(row: DispositionRow) {
  const { content, executed } = row;
  const done = { value: executed, unit: content.quantity.unit };
  return {
    key: row.id,
    state: dispositionState(row),
    expected: content.quantity,
    executed: done,
    instruction: content,
  };
}

export function returnState(site: Site, row: ReturnRow): InstructionState {
  if (row.cancelling !== "NO") return cancelState(row.cancelling);
  const lines = progress(site, row);
  if (lines.every(({ isDone }) => isDone)) return "DONE";
  return lines.some(({ isDone, received }) => isDone || isMore(received.value, "0")) ? "PARTIAL" : "OPEN";
}

export function dispositionState({ cancelling, executed, content }: DispositionRow): InstructionState {
  if (cancelling !== "NO") return cancelState(cancelling);
  if (isSameAmount(executed, "0")) return "OPEN";
  return isMore(content.quantity.value, executed) ? "PARTIAL" : "DONE";
}

const cancelState = (cancelling: Exclude<Cancelling, "NO">): InstructionState =>
  cancelling === "DONE" ? "CANCELLED" : "CANCEL_REQUESTED";

/** Idempotent: the state; 409 once anything was received. */
export function cancelReturn(site: Site, row: ReturnRow): Answer {
  const state = returnState(site, row);
  if (state === "PARTIAL" || state === "DONE") throw new Refusal("ALREADY_RECEIVED", "Goods were received already.");
  if (state !== "OPEN") return { status: 200, body: returnView(site, row) };
  const changed = site.tables.returns.put({ ...row, cancelling: startCancel(site, row.id) });
  return { status: 200, body: returnView(site, changed) };
}

export function cancelDisposition(site: Site, row: DispositionRow): Answer {
  const state = dispositionState(row);
  if (state === "PARTIAL" || state === "DONE") throw new Refusal("ALREADY_RECEIVED", "The goods were moved already.");
  if (state !== "OPEN") return { status: 200, body: dispositionView(row) };
  const changed = site.tables.dispositions.put({ ...row, cancelling: startCancel(site, row.id) });
  return { status: 200, body: dispositionView(changed) };
}

function startCancel(site: Site, instructionKey: string): Cancelling {
  if (site.asksBeforeCancel()) return "REQUESTED";
  site.events.append("instruction.cancelled", { instructionKey, reason: null });
  return "DONE";
}

/** The site's people answer a request to cancel. */
export function answerCancel(site: Site, key: string, isRefused: boolean, reason: string | null): void {
  const { returns, dispositions } = site.tables;
  const cancelling: Cancelling = isRefused ? "NO" : "DONE";
  const asked = returns.get(key) ?? dispositions.get(key);
  if (asked?.cancelling !== "REQUESTED") throw new Error(`nobody asked ${site.code} to cancel ${key}`);
  const [aReturn, disposition] = [returns.get(key), dispositions.get(key)];
  if (aReturn) returns.put({ ...aReturn, cancelling });
  else if (disposition) dispositions.put({ ...disposition, cancelling });
  const data = { instructionKey: key, reason };
  site.events.append(isRefused ? "instruction.cancel_refused" : "instruction.cancelled", data);
}

/** Quantity of a disposition that is still to be executed, and the base units of it. */
export function outstanding(site: Site, row: DispositionRow): { quantity: Quantity; item: Item } {
  const { warehouseReceiptNumber, receiptLine, quantity } = row.content;
  const receipt = site.tables.receipts.get(warehouseReceiptNumber);
  if (!receipt) throw new Error(`${site.code} has no receipt ${warehouseReceiptNumber}`);
  const item = itemOf(site, lineOf(receipt, receiptLine).sku);
  const base = minus(toBase(item, quantity) ?? "0", executedBase(row, item));
  return { quantity: fromBase(item, base, quantity.unit), item };
}
