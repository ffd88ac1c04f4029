import type { CompanyCode, Distributor, Order, OrderLine } from "#sandbox/seed/types.ts";

export type PlainOrder = {
  number: string;
  line: number;
  sku: string;
  unit: string;
  quantity: number;
  unitPrice: string;
};

/** Credits stay far below the threshold of an approval (D-23). */
const DEAREST = 200;

/**
 * Orders of the seed without a story of their own, US01's unless told otherwise: shipped and invoiced in full and delivered lately, with a line of plain goods (no serial, lot, hazard or
 * discount) that is cheap enough to be credited without approval. One of each customer, so that no credit counts towards another's threshold; after all of those a second of each, for who takes a unit of each.
 */
export function plainOrders({
  orders,
  items,
  customers,
  today,
  company = "US01",
}: Distributor & { today: string; company?: CompanyCode }): PlainOrder[] {
  const plain = new Map(items.map((item) => [item.sku, item]));
  const open = new Set(customers.filter(({ blocked }) => blocked === "").map(({ number }) => number));
  const seen = new Map<string, number>();
  const since = daysBefore(today, 25);
  const fits = (line: OrderLine): boolean => {
    const item = plain.get(line.sku)!;
    const goods =
      item.tracking === "NONE" &&
      !item.hazardous &&
      item.returnable &&
      !item.supplierOwned &&
      !item.recalled &&
      !line.dropShip;
    return (
      goods &&
      line.unit === item.baseUnit &&
      line.invoiced === line.ordered &&
      line.shipped === line.ordered &&
      Number(line.unitPrice) < DEAREST &&
      line.unit === "EA"
    );
  };
  const found = orders.flatMap((order) => {
    const { customerNumber } = order;
    const line = isPlain(order, company, since) && open.has(customerNumber) ? order.lines.find(fits) : undefined;
    if (!line) return [];
    const turn = (seen.get(customerNumber) ?? 0) + 1;
    seen.set(customerNumber, turn);
    return [{ turn, order: plainOrder(order.number, line) }];
  });
  return [1, 2].flatMap((turn) => found.filter((one) => one.turn === turn).map(({ order }) => order));
}

const plainOrder = (number: string, { sequence: line, sku, unit, invoiced, unitPrice }: OrderLine): PlainOrder => ({
  ...{ number, line, sku, unit, quantity: Number(invoiced), unitPrice },
});

/** Below and far above are the orders that stories know by number. */
const FIRST: Record<CompanyCode, number> = { US01: 101_001, CA02: 201_000, EU03: 301_000 };
const MOST = 90_000;

const isPlain = (order: Order, company: CompanyCode, since: string): boolean =>
  order.company === company &&
  /^SO-[1-9]\d{5}$/.test(order.number) &&
  Number(order.number.slice(3)) >= FIRST[company] &&
  Number(order.number.slice(3)) < FIRST[company] + MOST &&
  order.invoices.length === 1 &&
  order.shipments.every(({ deliveredOn }) => deliveredOn !== null && deliveredOn > since);

const daysBefore = (day: string, days: number): string =>
  new Date(Date.parse(day) - days * 86_400_000).toISOString().slice(0, 10);
