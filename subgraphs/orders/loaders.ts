import { sql } from "kysely";
import type { RequestContext, SubgraphContext } from "../kit/context.ts";
import { erpRecordsById, loaderOf } from "../kit/reading.ts";

export const createLoaders = (context: RequestContext) => ({
  orderById: erpRecordsById(context, {
    record: "erp.order",
    kind: "order",
    ask: (erp, numbers, call) => erp.findOrders(numbers, call),
  }),
  invoiceById: erpRecordsById(context, {
    record: "erp.invoice",
    kind: "invoice",
    ask: (erp, numbers, call) => erp.findInvoices(numbers, call),
  }),
  shipmentById: erpRecordsById(context, {
    record: "erp.shipment",
    kind: "shipment",
    ask: (erp, numbers, call) => erp.findShipments(numbers, call),
  }),
  customerById: erpRecordsById(context, {
    record: "erp.customer",
    kind: "customer",
    ask: (erp, numbers, call) => erp.findCustomers(numbers, call),
  }),
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
