import { SITES } from "./companies.ts";
import type { LinePlan, MemoPlan, OrderPlan, ParcelPlan } from "./order-plan.ts";
import type { Random } from "./random.ts";
import { toThousandths } from "./decimals.ts";
import type { Channel, CompanyCode, Customer, Item } from "./types.ts";

const ORDERS = 3000;
const DAYS = 547;
const NUMBERS: Record<CompanyCode, number> = { US01: 101_000, CA02: 201_000, EU03: 301_000 };
const CHANNELS: Channel[] = [
  "INSIDE",
  "INSIDE",
  "INSIDE",
  "EDI",
  "EDI",
  "PORTAL",
  "PORTAL",
  "SHOP",
  "SHOP",
  "MARKETPLACE",
];
const RECALLED = "VLV-7710";
const RECALL_CUSTOMERS = 40;

/** 3,000 orders over 18 months, times the scale, oldest first; 40 of them sold the recalled valve to 40 customers. */
export function makeGeneratedOrders(random: Random, scale: number, items: Item[], customers: Customer[]): OrderPlan[] {
  const sellable = items.filter((item) => item.category !== "CORES" && !item.dropShip && !item.recalled);
  const stocks: Stocks = {
    own: sellable.filter((item) => !item.supplierOwned),
    consigned: sellable.filter((item) => item.supplierOwned),
  };
  const byCompany = Map.groupBy(customers, (customer) => customer.company);
  const others = Map.groupBy(
    customers.filter((customer) => !isStory(customer)),
    (customer) => customer.company,
  );
  const next = { ...NUMBERS };
  const ages = Array.from({ length: ORDERS * scale }, () => random.between(0, DAYS)).sort((a, b) => b - a);
  const plans = ages.map((age) => {
    const company = random.pick<CompanyCode>([
      "US01",
      "US01",
      "US01",
      "US01",
      "US01",
      "US01",
      "US01",
      "CA02",
      "CA02",
      "EU03",
    ]);
    const customer = random.pick(others.get(company) ?? []);
    return makePlan(random, `SO-${next[company]++}`, age, customer, stocks);
  });
  return [...plans, ...recallOrders(random, byCompany.get("US01") ?? [], next.US01)];
}

/** Story customers keep only their own orders, but boltco (a partner) has a history. */
const isStory = ({ number }: Customer): boolean => /^C-(20\d\d|500\d|700\d)$/.test(number) && number !== "C-2020";

/** What is ours on the shelves, and what a supplier owns. */
type Stocks = { own: Item[]; consigned: Item[] };

function makePlan(random: Random, number: string, age: number, customer: Customer, stocks: Stocks): OrderPlan {
  const site = random.pick(SITES[customer.company]);
  const consigned = random.chance(3);
  const stock = consigned ? stocks.consigned : stocks.own;
  const lines = Array.from({ length: random.pick([1, 1, 2, 2, 3, 4]) }, () => makeLine(random, random.pick(stock)));
  return {
    company: customer.company,
    number,
    customer: customer.number,
    channel: random.pick(CHANNELS),
    location: consigned ? "CONSIGN" : site,
    lines,
    parcels: makeParcels(random, age, lines),
    orderedDaysAgo: age,
  };
}

function makeLine(random: Random, item: Item): LinePlan {
  const packed = item.units.length > 1 && random.chance(30);
  const { code } = item.units[packed ? 1 : 0] ?? { code: item.baseUnit };
  const metres = item.baseUnit === "M";
  return {
    sku: item.sku,
    unit: code,
    quantity: metres
      ? `${random.between(3, 80)}.${random.pick(["5", "25", "75"])}`
      : String(packed ? random.between(1, 4) : random.between(1, item.tracking === "SERIAL" ? 3 : 12)),
    ...(random.chance(25) ? { discountPercent: random.pick([5, 10, 12.5]) } : {}),
  };
}

/** Orders of the last days are open, or shipped in part, or not invoiced yet; a share of the older ones is paid. */
function makeParcels(random: Random, age: number, lines: LinePlan[]): ParcelPlan[] {
  if (age < 3) return [];
  if (age < 6) return random.chance(60) ? [] : [{ deliveredDaysAgo: age - 5, invoiced: random.chance(50) }];
  const deliveredDaysAgo = age - 5;
  const paid = payment(random, deliveredDaysAgo);
  const discount = random.chance(4) ? { invoiceDiscount: `${random.between(1, 4)}.00` } : {};
  const [first] = lines;
  if (!first || lines.length < 2 || !random.chance(12)) return [{ deliveredDaysAgo, ...paid, ...discount }];
  const parcel = { deliveredDaysAgo, ...paid, lines: [{ line: 0, quantity: first.quantity }] };
  const rest = deliveredDaysAgo - random.between(1, 4);
  return rest < 2 || (age < 30 && random.chance(50))
    ? [parcel]
    : [parcel, { deliveredDaysAgo: rest, ...payment(random, rest) }];
}

function payment(random: Random, age: number): Pick<ParcelPlan, "paid"> {
  if (age > 70 || (age > 30 && random.chance(75))) return random.chance(2) ? { paid: "HALF" } : { paid: "IN_FULL" };
  return {};
}

function recallOrders(random: Random, customers: Customer[], first: number): OrderPlan[] {
  return customers
    .filter((customer) => !isStory(customer) && customer.number !== "C-2020")
    .slice(0, RECALL_CUSTOMERS)
    .map((customer, i) => ({
      company: "US01",
      number: `SO-${first + i}`,
      customer: customer.number,
      channel: random.pick(CHANNELS),
      location: random.pick(SITES.US01),
      lines: [{ sku: RECALLED, quantity: String(random.between(1, 6)) }],
      parcels: [{ deliveredDaysAgo: random.between(20, 200) }],
    }));
}

/** Every hundredth invoice or so: somebody credited a part of it in the ERP. */
export function makeMemosByOthers(random: Random, plans: OrderPlan[], items: Item[]): MemoPlan[] {
  const plain = new Set(
    items.filter((item) => item.tracking === "NONE" && item.baseUnit !== "M").map((item) => item.sku),
  );
  return plans.flatMap(({ company, number, lines, parcels, location }) => {
    const [line, parcel] = [lines[0], parcels[0]];
    if (!line || !plain.has(line.sku) || toThousandths(line.quantity) < 2000) return [];
    if (!parcel || parcel.deliveredDaysAgo < 10 || location === "CONSIGN" || !random.chance(2)) return [];
    const reasonCode = random.pick(["DEFECT", "DAMAGED", "NOTNEEDED"]);
    return [{ company, order: number, line: 0, quantity: "1", daysAgo: parcel.deliveredDaysAgo - 6, reasonCode }];
  });
}
