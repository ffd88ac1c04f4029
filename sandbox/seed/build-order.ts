import { priceLine, splitDiscount, sumOf } from "./build-invoice-line.ts";
import { money, quantity, toCents, toThousandths } from "./decimals.ts";
import { addDays } from "./days.ts";
import type { OrderPlan, ParcelPlan } from "./order-plan.ts";
import type { Tracker } from "./tracking.ts";
import type { Company, Customer, Day, Invoice, Item, Order, OrderLine, Shipment } from "./types.ts";

/** What an order is built from: the master data and the day. */
export type Master = {
  today: Day;
  companies: Map<string, Company>;
  customers: Map<string, Customer>;
  items: Map<string, Item>;
  /** Percent of today by `company/code`. */
  taxPercents: Map<string, string>;
  tracker: Tracker;
};

/** The order with its shipments and invoices. Throws where a plan names an item, unit or customer that is not seeded. */
export function buildOrder(master: Master, plan: OrderPlan): Order {
  const company = found(master.companies.get(plan.company), plan.company);
  const customer = found(master.customers.get(plan.customer), plan.customer);
  const lines = plan.lines.map((_, index) => buildLine(master, plan, customer, index));
  const shipments = plan.parcels.map((parcel, index) => buildShipment(master, plan, company, lines, parcel, index));
  const invoices = plan.parcels.flatMap((parcel, index) => {
    const shipment = shipments[index];
    return parcel.invoiced === false || !shipment
      ? []
      : [buildInvoice(plan, customer, lines, parcel, shipment, master)];
  });
  return {
    company: plan.company,
    number: plan.number,
    customerNumber: customer.number,
    customerReference: `PO-${plan.number.slice(3)}-${customer.number.slice(2)}`,
    channel: plan.channel ?? "INSIDE",
    orderedOn: addDays(shipments[0]?.shippedOn ?? master.today, shipments[0] ? -3 : -(plan.orderedDaysAgo ?? 0)),
    locationCode: plan.location,
    currency: plan.currency ?? customer.currency,
    shipTo: customer.address,
    gone: lines.every((line) => line.invoiced === line.ordered),
    lines,
    shipments,
    invoices,
  };
}

function buildLine({ items, taxPercents }: Master, plan: OrderPlan, customer: Customer, index: number): OrderLine {
  const line = found(plan.lines[index], `line ${index} of ${plan.number}`);
  const item = found(items.get(line.sku), line.sku);
  const unit = line.unit ?? item.baseUnit;
  const { factor } = found(
    item.units.find(({ code }) => code === unit),
    `${unit} of ${item.sku}`,
  );
  const taxCode = line.taxCode ?? customer.taxCode;
  found(taxPercents.get(`${plan.company}/${taxCode}`), `tax code ${taxCode} of ${plan.company}`);
  return {
    sequence: (index + 1) * 10_000,
    sku: item.sku,
    description: item.name,
    unit,
    factor,
    ordered: quantity(toThousandths(line.quantity)),
    shipped: "0",
    invoiced: "0",
    unitPrice: line.unitPrice ?? money(toCents(item.prices[plan.company].unitPrice) * Number(factor)),
    discountPercent: String(line.discountPercent ?? 0),
    taxCode,
    dropShip: item.dropShip,
  };
}

function buildShipment(
  master: Master,
  plan: OrderPlan,
  company: Company,
  lines: OrderLine[],
  parcel: ParcelPlan,
  index: number,
): Shipment {
  const shippedOn = addDays(master.today, -(parcel.deliveredDaysAgo + company.transitDays));
  const deliveredOn = addDays(shippedOn, company.transitDays);
  const number = documentNumber("PSS", plan.number, index);
  return {
    number,
    locationCode: lines.every((line) => line.dropShip) ? "" : plan.location,
    shippedOn,
    deliveredOn: deliveredOn > master.today ? null : deliveredOn,
    shippingAgent: { US01: "UPS", CA02: "PUROLATOR", EU03: "DHL" }[plan.company],
    packageTrackingNumber: `1Z58W3${plan.company}${number.replaceAll(/\D/g, "").padStart(8, "0")}`,
    lines: contentOf(parcel, lines).map(({ line, shipped, planned }) => {
      line.shipped = quantity(toThousandths(line.shipped) + shipped);
      const base = shipped * Number(line.factor);
      const item = found(master.items.get(line.sku), line.sku);
      const tracking = planned ? master.tracker.planned(planned) : master.tracker.track(item, plan.location, base);
      return {
        sequence: line.sequence,
        sku: line.sku,
        unit: line.unit,
        quantity: quantity(shipped),
        quantityBase: quantity(base),
        tracking,
      };
    }),
  };
}

function contentOf(parcel: ParcelPlan, lines: OrderLine[]) {
  const left = (line: OrderLine) => toThousandths(line.ordered) - toThousandths(line.shipped);
  const content = parcel.lines?.map(({ line, quantity: shipped, tracking }) => ({
    line: found(lines[line], `line ${line}`),
    shipped: toThousandths(shipped),
    planned: tracking,
  }));
  return (
    content ?? lines.filter((line) => left(line) > 0).map((line) => ({ line, shipped: left(line), planned: undefined }))
  );
}

function buildInvoice(
  plan: OrderPlan,
  customer: Customer,
  lines: OrderLine[],
  parcel: ParcelPlan,
  shipment: Shipment,
  master: Master,
): Invoice {
  const priced = shipment.lines.map((shipped) => {
    const index = shipped.sequence / 10_000 - 1;
    const line = found(lines[index], `line ${shipped.sequence} of ${plan.number}`);
    line.invoiced = quantity(toThousandths(line.invoiced) + toThousandths(shipped.quantity));
    const taxPercent =
      plan.lines[index]?.taxPercent ?? master.taxPercents.get(`${plan.company}/${line.taxCode}`) ?? "0";
    return priceLine(line, shipped.quantity, taxPercent);
  });
  const worth = priced.reduce((sum, line) => sum + toCents(line.lineAmount), 0);
  const invoiceDiscount = Math.min(toCents(parcel.invoiceDiscount ?? "0"), Math.floor(worth / 2));
  const invoiceLines = splitDiscount(priced, invoiceDiscount);
  const totals = sumOf(invoiceLines);
  const total = toCents(totals.total);
  const open = { NOT: total, HALF: total - Math.floor(total / 2), IN_FULL: 0 }[parcel.paid ?? "NOT"];
  return {
    number: shipment.number.replace("PSS", "PSI"),
    shipmentNumber: shipment.number,
    postedOn: shipment.shippedOn,
    dueOn: addDays(shipment.shippedOn, customer.paymentTermDays),
    invoiceDiscount: money(invoiceDiscount),
    ...totals,
    open: money(open),
    lines: invoiceLines,
  };
}

/** SO-100014, second parcel → PSS-100014-2. */
const documentNumber = (prefix: string, orderNumber: string, index: number): string =>
  `${prefix}-${orderNumber.slice(3)}${index === 0 ? "" : `-${index + 1}`}`;

export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the seed names ${what}, which does not exist`);
  return value;
}
