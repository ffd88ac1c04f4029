import { dispositionState, outstanding } from "./instructions.ts";
import { isMore, negative, plus, toBase } from "./quantities.ts";
import { lineOf, receiptOf } from "./receipts.ts";
import type { Site } from "./site.ts";
import { lyingIn, move } from "./stock.ts";
import type { MoveRow } from "./tables.ts";
import { type DispositionInstruction, STATUSES, type StockStatus } from "./wire.ts";

/** Dispositions after which the goods are no longer at the site. */
const LEAVING = new Set<DispositionInstruction["code"]>([
  "SCRAP",
  "HAZMAT_DISPOSAL",
  "DONATE",
  "RETURN_TO_CUSTOMER",
  "TRANSFER",
]);

/** Executes a disposition instruction, all that is outstanding unless a quantity in its unit is given. */
export function moveGoods(site: Site, { key, quantity }: { key: string; quantity?: string | number }) {
  const row = site.tables.dispositions.get(key);
  if (!row) throw new Error(`${site.code} has no disposition instruction ${key}`);
  const state = dispositionState(row);
  if (state !== "OPEN" && state !== "PARTIAL") throw new Error(`disposition instruction ${key} is ${state}`);
  const { quantity: left, item } = outstanding(site, row);
  const moved = { value: String(quantity ?? left.value), unit: left.unit };
  if (isMore(moved.value, left.value)) throw new Error(`only ${left.value} ${left.unit} of ${key} are outstanding`);
  const base = toBase(item, moved) ?? "0";
  const from = fromStatus(site, row.content, base);
  bookMove(site, key, row.content, from, base);
  site.tables.dispositions.put({ ...row, executed: plus(row.executed, moved.value) });
  return tell(site, key, row.content, from, moved);
}

/** Where the goods lie: in quarantine, or where an earlier disposition put them. */
function fromStatus(
  site: Site,
  { warehouseReceiptNumber, receiptLine }: DispositionInstruction,
  base: string,
): StockStatus {
  const all: StockStatus[] = ["QUARANTINE", "HOLD", ...STATUSES];
  const from = all.find((each) => !isMore(base, lyingIn(site.tables, warehouseReceiptNumber, receiptLine, each)));
  if (!from) throw new Error(`${base} of ${warehouseReceiptNumber}/${receiptLine} lie nowhere together`);
  return from;
}

function bookMove(site: Site, key: string, content: DispositionInstruction, from: StockStatus, base: string): void {
  const line = lineOf(receiptOf(site, content.warehouseReceiptNumber), content.receiptLine);
  const booked: Omit<MoveRow, "id" | "status" | "quantity"> = {
    at: site.now().toISOString(),
    kind: "DISPOSITION",
    sku: line.sku,
    lotNumber: line.lotNumber,
    serialNumbers: content.serialNumbers,
    warehouseReceiptNumber: content.warehouseReceiptNumber,
    receiptLine: content.receiptLine,
    instructionKey: key,
  };
  move(site.tables, { ...booked, status: from, quantity: negative(base) });
  if (!LEAVING.has(content.code)) move(site.tables, { ...booked, status: content.toStatus, quantity: base });
}

function tell(
  site: Site,
  key: string,
  content: DispositionInstruction,
  from: StockStatus,
  quantity: { value: string; unit: string },
) {
  const { warehouseReceiptNumber, receiptLine, code, serialNumbers, lotNumber, toStatus, toBin } = content;
  const line = lineOf(receiptOf(site, warehouseReceiptNumber), receiptLine);
  const event = site.events.append("disposition.executed", {
    instructionKey: key,
    warehouseReceiptNumber,
    receiptLine,
    revision: line.revision,
    code,
    quantity,
    serialNumbers,
    lotNumber: lotNumber ?? line.lotNumber,
    fromStatus: from,
    toStatus,
    bin: toBin,
    executedAt: site.now().toISOString(),
  });
  site.events.append("stock.changed", { skus: [line.sku] });
  return { eventId: event.id, quantity };
}
