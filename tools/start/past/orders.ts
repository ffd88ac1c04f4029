import { daysBetween } from "#sandbox/seed/days.ts";
import type { CompanyCode, Distributor, InvoiceLine, Item, Order } from "#sandbox/seed/types.ts";

/** A line of the seed that somebody may send back: invoiced, delivered in one parcel, nothing of it credited. */
export type Sold = {
  order: Order;
  line: InvoiceLine;
  item: Item;
  deliveredDaysAgo: number;
  /** In the line's unit: what no return of the past has of it yet. */
  left: number;
};
/** A part of a line, for one return. */
export type Part = { sold: Sold; quantity: number };
export type Wanted = {
  company: CompanyCode;
  /** Days ago, from the latest to the earliest. */
  delivered: [least: number, most: number];
  fits(sold: Sold): boolean;
  /** How much of what is left, in the line's unit. */
  quantity(sold: Sold): number;
  /** No other return is of its customer, before or after. */
  alone: boolean;
};
export type Orders = {
  /** Takes a line that fits, of a customer that had the fewest returns so far, the earliest first: the later ones fit later requests. Null when none is left. */
  take(wanted: Wanted): Part | null;
  /** Another line of an order that was taken. */
  takeBeside(sold: Sold, wanted: Pick<Wanted, "fits" | "quantity">): Part | null;
};

/** To choose a customer from. */
const ENOUGH = 8;
/** Every third order is left to people: to whoever tries the house, to the demo and to its day. */
const isTheirs = ({ number }: Order): boolean => Number(number.slice(3)) % 3 === 0;
/** What the demo plays (tools/demo/). */
const demos = new Set(["SO-103028", "SO-103036", "SO-103046", "SO-103051", "SO-103066"]);
const generated = /^SO-(10[1-9]|1[1-9]\d|20[1-9]|2[1-9]\d|30[1-9]|3[1-9]\d)\d{3}$/;

/** The orders of the seed that returns of the past may be of; one line may be of several. No story's, no demo's, no customer's that stories know. */
export function openOrders({ orders, items, customers, creditMemos }: Distributor, today: string): Orders {
  const itemOf = new Map(items.map((item) => [item.sku, item]));
  const credited = new Set(creditMemos.map(({ invoiceNumber }) => invoiceNumber));
  const blocked = new Set(customers.filter((one) => one.blocked !== "").map(({ number }) => number));
  const may = (order: Order) =>
    generated.test(order.number) &&
    !isTheirs(order) &&
    !demos.has(order.number) &&
    order.shipments.length === 1 &&
    order.invoices.length === 1 &&
    !blocked.has(order.customerNumber) &&
    !credited.has(order.invoices[0]!.number);
  const free = orders.filter(may).flatMap((order): Sold[] => {
    const { deliveredOn } = order.shipments[0]!;
    if (deliveredOn === null) return [];
    const deliveredDaysAgo = daysBetween(deliveredOn, today);
    return order.invoices[0]!.lines.map((line) => ({
      order,
      line,
      item: itemOf.get(line.sku)!,
      deliveredDaysAgo,
      left: Number(line.quantity),
    }));
  });
  const left = new Set(free.toSorted((a, b) => b.deliveredDaysAgo - a.deliveredDaysAgo));
  const returnsOf = new Map<string, number>();
  const taken = (sold: Sold, quantity: number): Part => {
    sold.left -= quantity;
    if (sold.left <= 0) left.delete(sold);
    returnsOf.set(sold.order.customerNumber, before(sold) + 1);
    return { sold, quantity };
  };
  const before = ({ order }: Sold) => returnsOf.get(order.customerNumber) ?? 0;
  return {
    take: ({ company, delivered: [least, most], fits, quantity, alone }) => {
      const found: Sold[] = [];
      for (const sold of left) {
        if (sold.deliveredDaysAgo < least || found.length === ENOUGH) break;
        const may = sold.order.company === company && sold.deliveredDaysAgo <= most && !(alone && before(sold) > 0);
        if (may && fits(sold)) found.push(sold);
      }
      const [first, ...others] = found;
      if (!first) return null;
      const chosen = others.reduce((best, sold) => (before(sold) < before(best) ? sold : best), first);
      const part = taken(chosen, quantity(chosen));
      if (alone)
        for (const sold of left) if (sold.order.customerNumber === chosen.order.customerNumber) left.delete(sold);
      return part;
    },
    takeBeside: (sold, { fits, quantity }) => {
      const beside = [...left].find((other) => other.order === sold.order && other !== sold && fits(other));
      return beside ? taken(beside, quantity(beside)) : null;
    },
  };
}

/** The partner supplyco's goods, which lie at our sites. */
export const isSupplycos = ({ line }: Sold): boolean => line.sku === "CSG-710";

/** Goods that come back without more ado: no serial, no lot, no hazard, not recalled, and the company's own. */
const isOrdinary = ({ item, line }: Sold): boolean =>
  item.tracking === "NONE" &&
  !item.hazardous &&
  item.returnable &&
  !item.supplierOwned &&
  !item.recalled &&
  !item.dropShip &&
  item.category !== "CORES" &&
  !line.quantity.includes(".");
const isOfBoltco = ({ order }: Sold): boolean => order.customerNumber === "C-2020";
export const isPlain = (sold: Sold): boolean => isOrdinary(sold) && !isOfBoltco(sold);
/** The partner boltco's. */
export const isBoltcos = (sold: Sold): boolean => isOrdinary(sold) && isOfBoltco(sold);
export const isDomestic = ({ order }: Sold): boolean => order.shipTo.country === countries[order.company];
const countries: Record<CompanyCode, string> = { US01: "US", CA02: "CA", EU03: "DE" };
export const unitNet = ({ line }: Sold): number => Number(line.netAmount) / Number(line.quantity);
/** What all that is left of it is worth. */
export const netOf = (sold: Sold): number => unitNet(sold) * sold.left;
