import { Fraction } from "#shared/decimal.ts";
import type { CompanyCode, Customer, Distributor, Invoice, Item, Order, Shipment } from "#sandbox/seed/types.ts";
import type { Person } from "#tools/client/gateway.ts";

/** A line of the seed's orders, sold once and in one parcel: what a return may be of. Quantities are in the line's unit. */
export type Goods = {
  companyId: CompanyCode;
  order: string;
  customer: string;
  orderLineId: string;
  item: Item;
  unit: string;
  /** Base units in one unit of the line. */
  factor: string;
  sold: number;
  /** Of one unit, after discounts, in the company's currency. */
  net: number;
  discounted: boolean;
  taxCode: string;
  taxPercent: string;
  serialNumbers: string[];
  lot: { lotNumber: string; expiresOn: string | null } | null;
  /** Calendar days since it was delivered. */
  age: number;
};
export type Eligibility = { orderLineId: string; returnable: { value: string }; decision: string };

/** The stories' orders are below; those of the demo by itself are left to it. */
const FIRST: Record<CompanyCode, number> = { US01: 101_000, CA02: 201_000, EU03: 301_000 };
const OF_THE_DEMO = new Set(["103028", "103036", "103046", "103050", "103051", "103059", "103066", "103086"]);

/** Every line of the generated orders that a return may be of, the latest first. */
export function goodsOf({ orders, items, customers, today }: Distributor): Goods[] {
  const itemOf = new Map(items.map((item) => [item.sku, item]));
  const customerOf = new Map(customers.map((customer) => [`${customer.company}/${customer.number}`, customer]));
  return orders.toReversed().flatMap((order) => {
    const [[shipment, secondParcel], [invoice, secondInvoice]] = [order.shipments, order.invoices];
    const customer = customerOf.get(`${order.company}/${order.customerNumber}`);
    if (!isGenerated(order) || !shipment?.deliveredOn || !invoice || !customer || secondParcel || secondInvoice)
      return [];
    return linesOf({ order, shipment, invoice, customer, today }, itemOf);
  });
}

const isGenerated = ({ company, number }: Order): boolean =>
  /^SO-\d{6}$/.test(number) && Number(number.slice(3)) >= FIRST[company] && !OF_THE_DEMO.has(number.slice(3));

type Sold = { order: Order; shipment: Shipment; invoice: Invoice; customer: Customer; today: string };

const linesOf = ({ order, shipment, invoice, customer, today }: Sold, itemOf: Map<string, Item>): Goods[] =>
  invoice.lines.flatMap((line) => {
    const [item, shipped] = [itemOf.get(line.sku), shipment.lines.find(({ sequence }) => sequence === line.sequence)];
    if (!item || !shipped || customer.blocked !== "" || order.currency !== currencies[order.company]) return [];
    const lot = shipped.tracking.find(({ lotNumber }) => lotNumber !== null);
    return {
      companyId: order.company,
      order: order.number,
      customer: customer.number,
      orderLineId: `erp.order:${order.company}:${order.number}/${line.sequence}`,
      item,
      unit: line.unit,
      factor: new Fraction(line.quantityBase).div(line.quantity).toFraction(),
      sold: Number(line.quantity),
      net: Number(line.netAmount) / Number(line.quantity),
      discounted: line.discountAmount !== "0.00" || line.invoiceDiscount !== "0.00",
      taxCode: line.taxCode,
      taxPercent: line.taxPercent,
      serialNumbers: shipped.tracking.flatMap(({ serialNumber }) => serialNumber ?? []),
      lot: lot ? { lotNumber: lot.lotNumber!, expiresOn: lot.expiresOn } : null,
      age: (Date.parse(today) - Date.parse(shipment.deliveredOn!)) / 86_400_000,
    };
  });

const currencies: Record<CompanyCode, string> = { US01: "USD", CA02: "CAD", EU03: "EUR" };

const look = /* GraphQL */ `
  query DayOrder($number: String!, $companyId: ID) {
    orderByNumber(number: $number, companyId: $companyId) {
      customer {
        creditHold {
          reason
        }
      }
      returnEligibility {
        lines {
          orderLineId
          returnable {
            value
          }
          decision
        }
      }
    }
  }
`;

/** Asks the gateway what of an order may come back now, once for each order; nothing where the ERP holds up the customer's credits. */
export function createEligibility(people: { ada: Person; sam: Person }): (goods: Goods) => Promise<Eligibility | null> {
  const known = new Map<string, Promise<Eligibility[]>>();
  const ask = async ({ order: number, companyId }: Goods): Promise<Eligibility[]> => {
    const person = companyId === "EU03" ? people.sam : people.ada;
    const { data } = await person.ask(look, { number, companyId });
    const { customer = null, returnEligibility = null } = data.orderByNumber ?? {};
    return customer && !customer.creditHold ? (returnEligibility?.lines ?? []) : [];
  };
  return async (goods) => {
    const key = `${goods.companyId}/${goods.order}`;
    const lines = known.get(key) ?? ask(goods);
    known.set(key, lines);
    return (await lines).find(({ orderLineId }) => orderLineId === goods.orderLineId) ?? null;
  };
}
