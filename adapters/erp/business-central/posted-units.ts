import { Fraction, sum, toPlain } from "#shared/decimal.ts";
import type { Call } from "../../port.ts";
import type { BaseUnits, FactorOf } from "./beyond.ts";
import type { Client } from "./client.ts";
import { ledgerEntries, shipments, type WireInvoice, type WireShipment } from "./wire.ts";

type Known = { baseUnits: Promise<BaseUnits>; shipments: readonly WireShipment[] | null };
type Line = { lineType: string; lineObjectNumber: string; unitOfMeasureCode: string };

/**
 * Factors of invoiced units where no page has the items' units: the item ledger, which is in base units, against what was shipped of the order (D-18).
 * Read only for lines in another unit than the base unit.
 */
export async function factorsAsPosted(
  client: Client,
  rows: readonly WireInvoice[],
  known: Known,
  call: Call,
): Promise<FactorOf> {
  const baseUnits = await known.baseUnits;
  const isBase = ({ lineObjectNumber, unitOfMeasureCode }: Line) =>
    baseUnits.get(lineObjectNumber) === unitOfMeasureCode;
  const orders = new Set(
    rows
      .filter(({ salesInvoiceLines }) => salesInvoiceLines.some((line) => isItem(line) && !isBase(line)))
      .map(({ orderNumber }) => orderNumber)
      .filter((number) => number !== ""),
  );
  const shipped = (known.shipments ?? (await readShipped(client, orders, call))).filter(({ orderNumber }) =>
    orders.has(orderNumber),
  );
  const moved = await readMoved(client, shipped, call);
  return ({ orderNumber }, line) =>
    isBase(line)
      ? "1"
      : factorOf(
          shipped.filter((shipment) => shipment.orderNumber === orderNumber),
          line,
          moved,
        );
}

const isItem = ({ lineType }: Line): boolean => lineType === "Item";

const readShipped = (client: Client, orders: ReadonlySet<string>, call: Call): Promise<WireShipment[]> =>
  client.listBy(shipments, "orderNumber", orders, { deed: "find-shipments", expand: "salesShipmentLines" }, call);

/** Base units that left with a shipment, by its number and SKU. */
async function readMoved(client: Client, shipped: readonly WireShipment[], call: Call): Promise<Map<string, Fraction>> {
  const numbers = shipped.map(({ number }) => number);
  const rows = await client.listBy(ledgerEntries, "documentNumber", numbers, { deed: "find-stock-moves" }, call);
  const moved = Map.groupBy(rows, ({ documentNumber, itemNumber }) => `${documentNumber}/${itemNumber}`);
  return new Map([...moved].map(([key, each]) => [key, sum(each.map(({ quantity }) => new Fraction(quantity))).neg()]));
}

/** From a shipment that has the item in this unit only. */
function factorOf(
  shipped: readonly WireShipment[],
  { lineObjectNumber, unitOfMeasureCode }: Line,
  moved: ReadonlyMap<string, Fraction>,
): string | undefined {
  for (const { number, salesShipmentLines } of shipped) {
    const lines = salesShipmentLines.filter((line) => isItem(line) && line.lineObjectNumber === lineObjectNumber);
    const quantity = sum(lines.map((line) => new Fraction(line.quantity)));
    const base = moved.get(`${number}/${lineObjectNumber}`);
    const isOnly = lines.every((line) => line.unitOfMeasureCode === unitOfMeasureCode);
    if (isOnly && base?.gt(0) && quantity.gt(0)) return toPlain(base.div(quantity), 5);
  }
  return undefined;
}
