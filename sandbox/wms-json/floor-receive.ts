import { amount, type Amount, book } from "./floor-book.ts";
import { isMore, toBase } from "./quantities.ts";
import { type LineProgress, progress, receiptData, receiptOf } from "./receipts.ts";
import { itemOf, type Site } from "./site.ts";
import { nextNumber, type ReceiptLine, type ReceiptRow, type ReturnRow } from "./tables.ts";
import type { Discrepancy } from "./wire.ts";

export type ReceiveLine = {
  /** Line of the instruction that these goods are for; none: nobody expected them. */
  instructionLine?: number;
  /** What came; the expected SKU unless given. */
  sku?: string;
  /** In the expected unit unless it has one; all that is due unless given. */
  quantity?: Amount;
  condition?: string;
  serialNumbers?: string[];
  lotNumber?: string;
  expiresOn?: string;
  bin?: string;
  /** Nothing more will come; true when all of it came unless given. */
  complete?: boolean;
};

/** Goods by RMA number (the label) or instruction key; every line that is due in full unless `lines` are given. */
export type ReceiveOrder = {
  rmaNumber?: string;
  instructionKey?: string;
  lines?: ReceiveLine[];
  /** No number could be read: matched to nothing. */
  blind?: boolean;
  /** Further lines on a receipt that exists. */
  receipt?: string;
  trackingNumber?: string;
  /** False: no event yet; see `tellReceipt`. */
  tell?: boolean;
};

export type Received = { warehouseReceiptNumber: string; eventId: string | null; lines: ReceiptLine[] };

/** Takes goods in: to QUARANTINE, on a new receipt number or as further lines of one. */
export function receiveGoods(site: Site, order: ReceiveOrder): Received {
  const instruction = order.blind ? undefined : expectedBy(site, order);
  const asked = order.lines ?? dueLines(site, instruction);
  if (asked.length === 0)
    throw new Error(`nothing is due at ${site.code} for ${order.rmaNumber ?? order.instructionKey}`);
  let receipt = order.receipt === undefined ? openReceipt(site, order, instruction) : receiptOf(site, order.receipt);
  const lines = asked.map((line) => {
    const received = receiveLine(site, receipt, instruction, line);
    receipt = site.tables.receipts.put({ ...receipt, lines: [...receipt.lines, received] });
    return received;
  });
  if (instruction?.cancelling === "REQUESTED") refuseCancel(site, instruction);
  const event = order.tell === false ? null : site.events.append("receipt.recorded", receiptData(receipt, lines));
  site.events.append("stock.changed", { skus: [...new Set(lines.map(({ sku }) => sku))] });
  return { warehouseReceiptNumber: receipt.id, eventId: event?.id ?? null, lines };
}

/** The instruction with this key, or the newest one for the RMA number, one that still stands before a cancelled one. */
function expectedBy({ tables }: Site, { rmaNumber, instructionKey }: ReceiveOrder): ReturnRow | undefined {
  if (instructionKey !== undefined) return tables.returns.get(instructionKey);
  const all = tables.returns.find(({ content }) => content.rmaNumber === rmaNumber);
  return all.findLast(({ cancelling }) => cancelling !== "DONE") ?? all.at(-1);
}

const dueLines = (site: Site, instruction: ReturnRow | undefined): ReceiveLine[] =>
  (instruction ? progress(site, instruction) : [])
    .filter(({ isDone }) => !isDone)
    .map(({ expected }) => ({ instructionLine: expected.line }));

function openReceipt(site: Site, order: ReceiveOrder, instruction: ReturnRow | undefined): ReceiptRow {
  const number = String(nextNumber(site.tables, "receipt")).padStart(6, "0");
  const label = order.blind ? null : (order.rmaNumber ?? null);
  return {
    id: `${site.code}-R-${number}`,
    rmaNumber: instruction?.content.rmaNumber ?? label,
    instructionKey: instruction?.id ?? null,
    trackingNumber: order.trackingNumber ?? instruction?.content.trackingNumbers[0] ?? null,
    receivedAt: site.now().toISOString(),
    lines: [],
  };
}

function receiveLine(
  site: Site,
  receipt: ReceiptRow,
  instruction: ReturnRow | undefined,
  asked: ReceiveLine,
): ReceiptLine {
  const due =
    instruction && progress(site, instruction).find(({ expected }) => expected.line === asked.instructionLine);
  if (asked.instructionLine !== undefined && !due)
    throw new Error(`no instruction expects line ${asked.instructionLine}`);
  const sku = asked.sku ?? due?.expected.sku;
  if (sku === undefined) throw new Error("goods that nobody expects need a sku");
  const item = itemOf(site, sku);
  const quantity = amount(asked.quantity ?? due?.due, due?.expected.quantity.unit ?? item.baseUnit);
  const base = toBase(item, quantity);
  if (base === undefined) throw new Error(`${sku} is not kept in ${quantity.unit}`);
  const isWrong = due !== undefined && sku !== due.expected.sku;
  const isAll = due !== undefined && !isWrong && !isMore(due.dueBase, base);
  const line: ReceiptLine = {
    line: receipt.lines.length + 1,
    revision: 1,
    instructionLine: due?.expected.line ?? null,
    sku,
    expectedSku: isWrong ? due.expected.sku : null,
    quantity,
    condition: asked.condition ?? "07",
    discrepancies: [],
    serialNumbers: asked.serialNumbers ?? serialsDue(due, item.tracking === "SERIAL" && !isWrong ? Number(base) : 0),
    lotNumber: asked.lotNumber ?? due?.expected.lotNumber ?? null,
    expiresOn: asked.expiresOn ?? null,
    bin: asked.bin ?? "Q-01",
    complete: asked.complete ?? isAll,
    inspections: [],
  };
  book(site, receipt.id, line, base, "RECEIPT");
  return { ...line, discrepancies: discrepanciesOf(line, base, due) };
}

/** The first serial numbers that are expected; which of them came before is the warehouse's to say by giving them. */
const serialsDue = (due: LineProgress | undefined, count: number): string[] =>
  due?.expected.serialNumbers.slice(Number(due.receivedBase), Number(due.receivedBase) + count) ?? [];

function discrepanciesOf(line: ReceiptLine, base: string, due: LineProgress | undefined): Discrepancy[] {
  if (!due) return ["NO_NOTICE"];
  if (line.expectedSku !== null) return ["WRONG_ITEM"];
  const { serialNumbers, lotNumber } = due.expected;
  const found: [Discrepancy, boolean][] = [
    ["SHORT", line.complete && isMore(due.dueBase, base)],
    ["OVER", isMore(base, due.dueBase)],
    ["WRONG_SERIAL", serialNumbers.length > 0 && line.serialNumbers.some((serial) => !serialNumbers.includes(serial))],
    ["WRONG_LOT", lotNumber !== null && line.lotNumber !== lotNumber],
  ];
  return found.flatMap(([code, holds]) => (holds ? [code] : []));
}

/** Goods that come after all answer a request to cancel. */
function refuseCancel(site: Site, instruction: ReturnRow): void {
  site.tables.returns.put({ ...instruction, cancelling: "NO" });
  site.events.append("instruction.cancel_refused", { instructionKey: instruction.id, reason: "ALREADY_RECEIVED" });
}
