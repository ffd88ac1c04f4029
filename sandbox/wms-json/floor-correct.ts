import { amount, type Amount, book } from "./floor-book.ts";
import { minus, negative, toBase } from "./quantities.ts";
import { lineOf, receiptData, receiptOf, withLine } from "./receipts.ts";
import { itemOf, type Site } from "./site.ts";
import type { ReceiptLine } from "./tables.ts";

export type CorrectOrder = {
  receipt: string;
  line: number;
  /** The new total, not the delta; 0 takes the line back. */
  quantity: Amount;
  condition?: string;
  serialNumbers?: string[];
  lotNumber?: string;
  complete?: boolean;
};

/** Says a receipt line again: same number and line, next revision, new total (D-15). */
export function correctLine(site: Site, order: CorrectOrder): { eventId: string; line: ReceiptLine } {
  const receipt = receiptOf(site, order.receipt);
  const before = lineOf(receipt, order.line);
  const line: ReceiptLine = {
    ...before,
    revision: before.revision + 1,
    quantity: amount(order.quantity, before.quantity.unit),
    condition: order.condition ?? before.condition,
    serialNumbers: order.serialNumbers ?? before.serialNumbers,
    lotNumber: order.lotNumber ?? before.lotNumber,
    complete: order.complete ?? before.complete,
  };
  const item = itemOf(site, line.sku);
  const [was, is] = [toBase(item, before.quantity) ?? "0", toBase(item, line.quantity) ?? "0"];
  if (line.lotNumber === before.lotNumber) book(site, receipt.id, line, minus(is, was), "CORRECTION");
  else {
    book(site, receipt.id, before, negative(was), "CORRECTION");
    book(site, receipt.id, line, is, "CORRECTION");
  }
  const corrected = site.tables.receipts.put(withLine(receipt, line));
  const event = site.events.append("receipt.recorded", receiptData(corrected, [line]));
  site.events.append("stock.changed", { skus: [line.sku] });
  return { eventId: event.id, line };
}
