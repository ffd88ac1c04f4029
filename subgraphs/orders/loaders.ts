import { sql } from "kysely";
import type { Parcel } from "#adapters/carrier/port.ts";
import type { ErpCredit } from "#adapters/erp/port.ts";
import { findAllocations } from "#orchestration/allocations.ts";
import { Fraction, sum } from "#shared/decimal.ts";
import { coded } from "#shared/errors.ts";
import { foreignIdOf, parseForeignId } from "#shared/ids.ts";
import { readThrough } from "#shared/snapshots.ts";
import type { RequestContext, SubgraphContext } from "../kit/context.ts";
import { type Answers, erpRecordsById, type Known, loaderOf } from "../kit/reading.ts";
import { partnerRows, seesSold } from "../kit/scope.ts";

export const createLoaders = (context: RequestContext) => ({
  orderById: erpRecordsById(context, {
    record: "erp.order",
    kind: "order",
    ask: (erp, numbers, call) => erp.findOrders(numbers, call),
    ofPartner: seesSold,
  }),
  invoiceById: erpRecordsById(context, {
    record: "erp.invoice",
    kind: "invoice",
    ask: (erp, numbers, call) => erp.findInvoices(numbers, call),
    ofPartner: seesSold,
  }),
  shipmentById: erpRecordsById(context, {
    record: "erp.shipment",
    kind: "shipment",
    ask: (erp, numbers, call) => erp.findShipments(numbers, call),
    ofPartner: seesSold,
  }),
  customerById: erpRecordsById(context, {
    record: "erp.customer",
    kind: "customer",
    ask: (erp, numbers, call) => erp.findCustomers(numbers, call),
    ofPartner: (caller, { number }) => partnerRows(caller)?.customers?.includes(number) === true,
  }),
  itemById: erpRecordsById(context, {
    record: "erp.item",
    kind: "item",
    ask: (erp, skus, call) => erp.findItems(skus, call),
    ofPartner: () => true, // reached only from an order of theirs
  }),
  /** By `carrier.parcel:US01:9400…`; a parcel that the carrier does not know is null. */
  parcelByNumber: loaderOf<Known<Parcel>>((ids) => readParcels(context, ids)),
  /** Everybody's credits on an invoice; none is an empty list. */
  creditsByInvoiceId: erpRecordsById<ErpCredit[]>(context, {
    record: "erp.invoice",
    kind: "credits-of-invoice",
    ask: async (erp, numbers, call) => {
      const found = await erp.findCreditsOf(numbers, call);
      return new Map(numbers.map((number) => [number, found.get(number) ?? []]));
    },
    ofPartner: () => true, // the same
  }),
  /** Base units that our returns hold or credited of an allocation key. */
  takenByKey: loaderOf<Fraction>((keys) => findTaken(context, keys)),
  /** Base units that came back, by order line. */
  returnedByOrderLine: loaderOf<string>((ids) => findReturned(context, ids)),
});

export type Context = SubgraphContext<ReturnType<typeof createLoaders>>;

async function findReturned({ db }: RequestContext, orderLineIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom("return_lines")
    .select(["order_line_id", sql<string>`sum(received)::text`.as("received")])
    .where("order_line_id", "in", orderLineIds)
    .groupBy("order_line_id")
    .execute();
  return new Map(rows.map(({ order_line_id, received }) => [order_line_id, received]));
}

async function findTaken({ db }: RequestContext, keys: readonly string[]): Promise<Map<string, Fraction>> {
  const taken = await findAllocations(db, keys);
  return new Map(
    [...taken].map(([key, rows]) => [
      key,
      sum(rows.map(({ reserved, credited }) => new Fraction(reserved).add(credited))),
    ]),
  );
}

/** One call per company; from the snapshot where the carrier doesn't answer (D-30). */
async function readParcels(context: RequestContext, ids: readonly string[]): Promise<Answers<Parcel>> {
  const wanted = ids.flatMap((id) => parseForeignId(id) ?? []);
  const answers = await Promise.all(
    [...Map.groupBy(wanted, ({ company }) => company)].map(async ([company, parcels]) => {
      const carrier = context.systems.carrierOf(company);
      const idOf = (number: string) => foreignIdOf("carrier.parcel", company, number);
      const keys = parcels.map(({ number }) => number);
      if (!carrier) return keys.map((key) => [idOf(key), coded("NOT_AVAILABLE", { field: "events" })] as const);
      const ask = (numbers: readonly string[]) => carrier.findParcels(numbers, context.call);
      const found = await readThrough<Parcel>(context, { system: carrier.system, kind: "parcel", keys, ask });
      return [...found].map(([number, answer]) => [idOf(number), answer] as const);
    }),
  );
  return new Map(answers.flat());
}
