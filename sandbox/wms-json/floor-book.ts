import { plus } from "./quantities.ts";
import type { Site } from "./site.ts";
import { move } from "./stock.ts";
import type { ReceiptLine } from "./tables.ts";
import type { Quantity } from "./wire.ts";

/** How people on the floor say a quantity: bare in the expected unit, or with one. */
export type Amount = string | number | Quantity;

/** Books a receipt line's goods in base units, signed, in quarantine. */
export function book(
  site: Site,
  receipt: string,
  line: ReceiptLine,
  quantity: string,
  kind: "RECEIPT" | "CORRECTION",
): void {
  move(site.tables, {
    at: site.now().toISOString(),
    kind,
    sku: line.sku,
    status: "QUARANTINE",
    lotNumber: line.lotNumber,
    serialNumbers: line.serialNumbers,
    quantity,
    warehouseReceiptNumber: receipt,
    receiptLine: line.line,
    instructionKey: null,
  });
}

export function amount(given: Amount | undefined, unit: string): Quantity {
  if (given === undefined) throw new Error("goods that nobody expects need a quantity");
  if (typeof given === "object") return given;
  return { value: plus(String(given), "0"), unit };
}
