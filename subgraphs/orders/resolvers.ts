import { parseDecimal } from "#shared/decimal.ts";
import { type Caller, seesCompany } from "#shared/caller.ts";
import { coded } from "#shared/errors.ts";
import { foreignIdOf, parseForeignId } from "#shared/ids.ts";
import { companies, companyById } from "#shared/places.ts";
import { fromBase } from "#shared/quantity.ts";
import type { ResolverMap } from "../kit/context.ts";
import { notAvailable } from "../kit/errors.ts";
import { priced } from "../kit/prices.ts";
import { mayBuyFrom, partnerRows, seesRecordsOf } from "../kit/scope.ts";
import { eligibilityOf, type ShownLine } from "./eligibility.ts";
import type { Context } from "./loaders.ts";
import {
  showCustomer,
  showInvoice,
  showOrder,
  type ShownInvoice,
  type ShownOrder,
  type ShownOrderLine,
  showShipment,
} from "./show.ts";
import type { QueryorderByNumberArgs, Quantity } from "./types.generated.ts";

type Reference = { id: string };
/** An order names its customer; the ERP is asked only for more than the id. */
const customerFields = Object.fromEntries(
  (["number", "name", "tier", "segment", "email", "creditHold", "freshness"] as const).map((field) => [
    field,
    async (customer: Reference, _: unknown, context: Context) =>
      (await customerById(customer, context))?.[field] ?? null,
  ]),
);
const quantity = (value: string, unit: string): Quantity => ({ value, unit });

export const resolvers: ResolverMap = {
  Query: { order: (_, { id }: Reference, context: Context) => orderById({ id }, context), orderByNumber },
  Mutation: {
    correctShippingAddress: notAvailable("correctShippingAddress"),
    requestOrderCancellation: notAvailable("requestOrderCancellation"),
  },
  Order: {
    __resolveReference: orderById,
    company: ({ company }: ShownOrder) => companyById(company.id) ?? null,
    total: priced(({ erp }: ShownOrder) => money(erp.total, erp)),
    returnEligibility: ({ erp, freshness }: ShownOrder, _: unknown, context: Context) =>
      eligibilityOf({ value: erp, freshness }, context),
  },
  OrderLine: {
    item: ({ sku }: ShownOrderLine) => ({ sku }),
    ordered: ({ ordered, unit }: ShownOrderLine) => quantity(ordered, unit),
    shipped: ({ shipped, unit }: ShownOrderLine) => quantity(shipped, unit),
    returned,
    unitPrice: priced(({ unitPrice, order }: ShownOrderLine) => money(unitPrice, order)),
  },
  LineEligibility: { estimatedCredit: priced(({ estimate }: ShownLine) => estimate) },
  Shipment: {
    __resolveReference: async ({ id }: Reference, { loaders }: Context) =>
      shown(await loaders.shipmentById.load(id), showShipment),
    events: eventsOf,
  },
  Invoice: {
    __resolveReference: async ({ id }: Reference, { loaders }: Context) =>
      shown(await loaders.invoiceById.load(id), showInvoice),
    total: priced(({ erp }: ShownInvoice) => money(erp.total, erp)),
    open: priced(({ erp }: ShownInvoice) => money(erp.open, erp)),
  },
  Customer: { __resolveReference: customerById, ...customerFields },
  Company: {
    __resolveReference: ({ id }: Reference, { caller }: Context) =>
      dealsWith(caller, id) ? (companyById(id) ?? null) : null,
  },
};

/** Which of our companies it is, every partner of it may know. */
const dealsWith = (caller: Caller, company: string): boolean =>
  seesRecordsOf(caller, company) || (partnerRows(caller) !== null && seesCompany(caller, company));

/** What the carrier says by now of the parcel; none where the ERP names no parcel. */
async function eventsOf({ id, trackingNumber }: ReturnType<typeof showShipment>, _: unknown, { loaders }: Context) {
  if (!trackingNumber) return [];
  const parcel = await loaders.parcelByNumber.load(foreignIdOf("carrier.parcel", companyOf(id), trackingNumber));
  return parcel?.value.events ?? [];
}
const companyOf = (id: string): string => parseForeignId(id)?.company ?? "";

const shown = <Known, Shown>(known: Known | null, show: (known: Known) => Shown): Shown | null => known && show(known);
const money = (amount: string | null, { currency }: { currency: string }) =>
  amount === null ? null : { amount, currency };

async function customerById({ id }: Reference, { loaders }: Context) {
  return shown(await loaders.customerById.load(id), showCustomer);
}

async function orderById({ id }: Reference, { loaders }: Context): Promise<ShownOrder | null> {
  return shown(await loaders.orderById.load(id), showOrder);
}

/** Asks every company the caller sees unless one is named; several hits are AMBIGUOUS_NUMBER (D-29). */
async function orderByNumber(
  _: unknown,
  { number, companyId }: QueryorderByNumberArgs,
  { loaders, caller }: Context,
): Promise<ShownOrder | null> {
  const wanted = number.trim().toUpperCase();
  const asked = companies.filter(({ id }) => mayBuyFrom(caller, id) && (companyId ?? id) === id);
  const answers = await loaders.orderById.loadMany(asked.map(({ id }) => foreignIdOf("erp.order", id, wanted)));
  const found = answers.flatMap((answer) => (answer === null || answer instanceof Error ? [] : [answer]));
  if (found.length > 1) throw coded("AMBIGUOUS_NUMBER", { number: wanted });
  if (found[0]) return showOrder(found[0]);
  const failed = answers.find((answer) => answer instanceof Error);
  if (failed) throw failed;
  return null;
}

async function returned(
  { id, sequence, unit, order }: ShownOrderLine,
  _: unknown,
  { loaders }: Context,
): Promise<Quantity> {
  const base = (await loaders.returnedByOrderLine.load(id)) ?? "0";
  const posted = order.invoices.flatMap(({ lines }) => lines).find(({ orderLine }) => orderLine === sequence);
  return quantity(fromBase(parseDecimal(base), posted?.unitFactor ?? "1"), unit);
}
