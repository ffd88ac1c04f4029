import { found, type Master } from "./build-order.ts";
import { addDays } from "./days.ts";
import { divide, money, quantity, toCents, toThousandths } from "./decimals.ts";
import type {
  CreditMemo,
  CustomerLedgerEntry,
  Invoice,
  Item,
  ItemLedgerEntry,
  Order,
  ShipmentLine,
  Stock,
  Tracking,
} from "./types.ts";

const OPENED_DAYS_AGO = 560;
const UNTRACKED: Omit<Tracking, "quantityBase"> = { serialNumber: null, lotNumber: null, expiresOn: null };
type ItemEntry = Omit<ItemLedgerEntry, "entryNumber">;
type CustomerEntry = Omit<CustomerLedgerEntry, "entryNumber">;

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
  const needed = new Map<string, ItemEntry>();
  const need = (entry: ItemEntry, sign: 1 | -1) => {
    const key = [entry.company, entry.locationCode, entry.sku, entry.lotNumber, entry.serialNumber].join("/");
    const before = needed.get(key) ?? { ...entry, quantity: "0", cost: "0.00" };
    needed.set(key, {
      ...before,
      quantity: quantity(toThousandths(before.quantity) + sign * toThousandths(entry.quantity)),
      cost: money(toCents(before.cost) + sign * toCents(entry.cost)),
    });
  };
  for (const entry of moves) need(entry, -1);
  for (const row of stock) for (const entry of onHand(master, row)) need(entry, 1);
  return [...needed.values()]
    .filter((entry) => entry.quantity !== "0")
    .map((entry) => ({
      ...entry,
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

/** Invoices, what was paid of them, and people's memos; remaining amounts add up to what is open. */
export function makeCustomerLedger(master: Master, orders: Order[], memos: CreditMemo[]): CustomerLedgerEntry[] {
  const applied = new Map<string, number>();
  for (const memo of memos) {
    const key = `${memo.company}/${memo.invoiceNumber}`;
    applied.set(key, (applied.get(key) ?? 0) + toCents(memo.total) - toCents(memo.onAccount));
  }
  const invoices = orders.flatMap((order) =>
    order.invoices.flatMap((invoice) =>
      billed(master, order, invoice, applied.get(`${order.company}/${invoice.number}`) ?? 0),
    ),
  );
  return numbered([...invoices, ...memos.map(credited)]);
}

function billed(master: Master, order: Order, invoice: Invoice, credits: number): CustomerEntry[] {
  const base = { company: order.company, customerNumber: order.customerNumber };
  const paid = toCents(invoice.total) - toCents(invoice.open) - credits;
  const entry: CustomerEntry = {
    ...base,
    postedOn: invoice.postedOn,
    documentType: "Invoice",
    documentNumber: invoice.number,
    amount: invoice.total,
    remaining: invoice.open,
    appliesTo: null,
  };
  if (paid === 0) return [entry];
  const postedOn = invoice.dueOn < master.today ? invoice.dueOn : addDays(master.today, -1);
  const payment: CustomerEntry = {
    ...base,
    postedOn,
    documentType: "Payment",
    documentNumber: invoice.number.replace("PSI", "PAY"),
    amount: money(-paid),
    remaining: "0.00",
    appliesTo: invoice.number,
  };
  return [entry, payment];
}

const credited = (memo: CreditMemo): CustomerEntry => ({
  company: memo.company,
  customerNumber: memo.customerNumber,
  postedOn: memo.postedOn,
  documentType: "Credit Memo",
  documentNumber: memo.number,
  amount: `-${memo.total}`,
  remaining: money(-toCents(memo.onAccount)),
  appliesTo: memo.invoiceNumber,
});

function numbered<T extends { company: string; postedOn: string }>(entries: T[]): (T & { entryNumber: number })[] {
  const next = new Map<string, number>();
  return entries
    .toSorted((a, b) => (a.postedOn < b.postedOn ? -1 : a.postedOn > b.postedOn ? 1 : 0))
    .map((entry) => {
      const entryNumber = (next.get(entry.company) ?? 0) + 1;
      next.set(entry.company, entryNumber);
      return { ...entry, entryNumber };
    });
}
