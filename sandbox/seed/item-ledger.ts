import { found, type Master } from "./build-order.ts";
import { addDays } from "./days.ts";
import { numbered } from "./entry-numbers.ts";
import { divide, money, quantity, toCents, toThousandths } from "./decimals.ts";
import type { CreditMemo, Invoice, Item, ItemLedgerEntry, Order, ShipmentLine, Stock, Tracking } from "./types.ts";

const OPENED_DAYS_AGO = 560;
const UNTRACKED: Omit<Tracking, "quantityBase"> = { serialNumber: null, lotNumber: null, expiresOn: null };
type ItemEntry = Omit<ItemLedgerEntry, "entryNumber">;

/**
 * Everything that ever moved: opening stock (what is on hand today and all that left since, less what came back), purchases
 * of drop-shipped goods, shipments, people's memos. Entry numbers rise with the day, per company.
 */
export function makeItemLedger(
  master: Master,
  orders: Order[],
  memos: CreditMemo[],
  stock: Stock[],
): ItemLedgerEntry[] {
  const moves = [
    ...orders.flatMap((order) => shipped(master, order)),
    ...memos.flatMap((memo) => takenBack(master, memo)),
  ];
  return numbered([...opening(master, moves, stock), ...moves]);
}

/** Opening entries: one for each item, place, lot and serial, so that the ledger adds up to the stock on hand. */
function opening(master: Master, moves: ItemEntry[], stock: Stock[]): ItemEntry[] {
  const needed = new Map<string, { entry: ItemEntry; thousandths: number; cents: number }>();
  const need = (entry: ItemEntry, sign: 1 | -1) => {
    const key = `${entry.company}/${entry.locationCode}/${entry.sku}/${entry.lotNumber}/${entry.serialNumber}`;
    const sum = needed.get(key) ?? { entry, thousandths: 0, cents: 0 };
    needed.set(key, sum);
    sum.thousandths += sign * toThousandths(entry.quantity);
    sum.cents += sign * toCents(entry.cost);
  };
  for (const entry of moves) need(entry, -1);
  for (const row of stock) for (const entry of onHand(master, row)) need(entry, 1);
  return [...needed.values()]
    .filter(({ thousandths }) => thousandths !== 0)
    .map(({ entry, thousandths, cents }) => ({
      ...entry,
      quantity: quantity(thousandths),
      cost: money(cents),
      postedOn: addDays(master.today, -OPENED_DAYS_AGO),
      entryType: "Positive Adjmt.",
      documentType: "",
      documentNumber: "OPENING",
      documentLine: 0,
      sales: "0.00",
      sourceNumber: "",
    }));
}

function onHand(master: Master, row: Stock): ItemEntry[] {
  const item = found(master.items.get(row.sku), row.sku);
  const lot = { ...UNTRACKED, lotNumber: row.lotNumber, expiresOn: row.expiresOn, quantityBase: row.quantity };
  const tracking =
    item.tracking === "SERIAL" ? master.tracker.track(item, row.locationCode, toThousandths(row.quantity)) : [lot];
  const { company, locationCode, sku } = row;
  const blank = {
    company,
    locationCode,
    sku,
    postedOn: "",
    entryType: "Sale",
    documentType: "",
    documentNumber: "",
    documentLine: 0,
    cost: "0.00",
    sales: "0.00",
    sourceNumber: "",
  } as const;
  return tracking.map(({ quantityBase, ...tracked }) =>
    valued(master, { ...blank, ...tracked, quantity: quantityBase }),
  );
}

function shipped(master: Master, order: Order): ItemEntry[] {
  return order.shipments.flatMap((shipment) =>
    shipment.lines.flatMap((line) => {
      const invoice = order.invoices.find(({ shipmentNumber }) => shipmentNumber === shipment.number);
      const base = {
        company: order.company,
        postedOn: shipment.shippedOn,
        documentNumber: shipment.number,
        documentLine: line.sequence,
        sku: line.sku,
        locationCode: shipment.locationCode,
        sales: "0.00",
        cost: "0.00",
      } as const;
      const sale = {
        ...base,
        entryType: "Sale",
        documentType: "Sales Shipment",
        sourceNumber: order.customerNumber,
      } as const;
      const sales = splitSales(invoice, line);
      const sold = tracked(line).map(({ quantityBase, ...t }, i) =>
        valued(master, { ...sale, ...t, quantity: `-${quantityBase}`, sales: sales[i] ?? "0.00" }),
      );
      if (shipment.locationCode !== "") return sold;
      const bought = {
        ...base,
        ...UNTRACKED,
        entryType: "Purchase",
        documentType: "Purchase Receipt",
        sourceNumber: "",
      } as const;
      return [valued(master, { ...bought, quantity: line.quantityBase }), ...sold];
    }),
  );
}

const tracked = (line: ShipmentLine): Tracking[] =>
  line.tracking.length > 0 ? line.tracking : [{ ...UNTRACKED, quantityBase: line.quantityBase }];

/** The invoiced amount of a line, spread over its serials and lots to the cent. */
function splitSales(invoice: Invoice | undefined, line: ShipmentLine): string[] {
  const net = toCents(invoice?.lines.find(({ sequence }) => sequence === line.sequence)?.netAmount ?? "0.00");
  let passed = 0;
  let given = 0;
  return tracked(line).map(({ quantityBase }) => {
    passed += toThousandths(quantityBase);
    const share = divide(net * passed, toThousandths(line.quantityBase)) - given;
    given += share;
    return money(share);
  });
}

function takenBack(master: Master, memo: CreditMemo): ItemEntry[] {
  return memo.lines.map((line) =>
    valued(master, {
      company: memo.company,
      postedOn: memo.postedOn,
      entryType: "Sale",
      documentType: "Sales Credit Memo",
      documentNumber: memo.number,
      documentLine: line.sequence,
      sku: line.sku,
      locationCode: memo.locationCode,
      quantity: line.quantityBase,
      cost: "0.00",
      sales: `-${line.netAmount}`,
      sourceNumber: memo.customerNumber,
      ...UNTRACKED,
    }),
  );
}

function valued(master: Master, entry: ItemEntry): ItemEntry {
  return { ...entry, cost: costOf(found(master.items.get(entry.sku), entry.sku), entry.company, entry.quantity) };
}

/** Quantity × unit cost; supplier-owned goods have none (D-11). */
export const costOf = (item: Item, company: Stock["company"], quantityBase: string): string =>
  money(divide(toThousandths(quantityBase) * toCents(item.prices[company].unitCost), 1000));
