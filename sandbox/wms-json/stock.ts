import type { Item, Stock } from "../seed/types.ts";
import { isSameAmount, plus, sum } from "./quantities.ts";
import { type MoveRow, nextNumber, type StockRow, type Tables } from "./tables.ts";
import type { StockStatus } from "./wire.ts";

const idOf = (sku: string, status: StockStatus, lotNumber: string | null) => `${sku}/${status}/${lotNumber ?? ""}`;

export function seedStock({ stock }: Tables, rows: Stock[]): void {
  for (const { sku, lotNumber, quantity } of rows) {
    const status = "AVAILABLE";
    stock.put({ id: idOf(sku, status, lotNumber), sku, status, lotNumber, quantity });
  }
}

/** Books a signed quantity in base units, with the reason, and changes the stock by it. */
export function move(tables: Tables, booked: Omit<MoveRow, "id">): void {
  if (isSameAmount(booked.quantity, "0")) return;
  const { sku, status, lotNumber } = booked;
  tables.moves.put({ ...booked, id: `move-${nextNumber(tables, "move")}` });
  const id = idOf(sku, status, lotNumber);
  const before = tables.stock.get(id)?.quantity ?? "0";
  tables.stock.put({ id, sku, status, lotNumber, quantity: plus(before, booked.quantity) });
}

/** Base units of a receipt line's goods that lie in a status. */
export function lyingIn(tables: Tables, receipt: string, line: number, status: StockStatus): string {
  const moves = tables.moves.by("warehouseReceiptNumber", receipt);
  return sum(moves.filter((each) => each.receiptLine === line && each.status === status).map((each) => each.quantity));
}

/** `POST /stock/query`: a row per SKU, status and lot; what is empty has no row. */
export function queryStock(tables: Tables, items: Map<string, Item>, skus: string[], now: Date) {
  const known = skus.filter((sku) => items.has(sku));
  const rows = known.flatMap((sku) => tables.stock.by("sku", sku).filter((row) => !isSameAmount(row.quantity, "0")));
  return {
    asOf: now.toISOString(),
    stock: rows.map((row) => wireRow(row, items)),
    unknown: skus.filter((sku) => !items.has(sku)),
  };
}

const wireRow = ({ sku, status, quantity, lotNumber }: StockRow, items: Map<string, Item>) => ({
  sku,
  status,
  quantity: { value: quantity, unit: items.get(sku)?.baseUnit ?? "EA" },
  lotNumber,
});
