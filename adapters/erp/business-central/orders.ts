import { Fraction, sum, toFixed, toPlain } from "#shared/decimal.ts";
import type { Call } from "../../port.ts";
import type { Address, ErpInvoice, ErpOrder, ErpOrderLine, ErpShipment } from "../port.ts";
import type { Client } from "./client.ts";
import { invoicesOf, readInvoices, type Company } from "./invoices.ts";
import { askable } from "./odata.ts";
import type { Settings } from "./settings.ts";
import { readShipments } from "./shipments.ts";
import { orders, orNull, type WireInvoice, type WireOrder, type WireShipment } from "./wire.ts";

export type Place = Company & Pick<Settings, "channelDimension">;
type Parts = {
  open: WireOrder | undefined;
  shipments: ErpShipment[];
  invoices: ErpInvoice[];
  wireShipments: WireShipment[];
  wireInvoices: WireInvoice[];
};

/** Orders told from open orders and posted documents together: Business Central deletes an order that is shipped and invoiced in full (D-04). */
export async function findOrders(
  client: Client,
  { channelDimension, ...company }: Place,
  numbers: readonly string[],
  call: Call,
): Promise<Map<string, ErpOrder>> {
  const asked = askable(numbers);
  const [open, shipped, invoiced] = await Promise.all([
    client.listBy(orders, "number", asked.keys(), { deed: "find-open-orders", expand: "salesOrderLines" }, call),
    readShipments(client, company, "orderNumber", asked.keys(), call),
    readInvoices(client, "orderNumber", asked.keys(), call),
  ]);
  const invoices = await invoicesOf(client, company, { rows: invoiced, shipments: shipped.wire }, call);
  const found = new Map<string, ErpOrder>();
  for (const [number, keys] of asked) {
    const order = assemble(company.companyId, channelDimension, number, {
      open: open.find((row) => row.number === number),
      wireShipments: shipped.wire.filter((row) => row.orderNumber === number),
      shipments: shipped.shipments.filter((row) => row.orderNumber === number),
      wireInvoices: invoiced.filter((row) => row.orderNumber === number),
      invoices: invoices.filter((row) => row.orderNumber === number),
    });
    if (order) for (const key of keys) found.set(key, order);
  }
  return found;
}

function assemble(companyId: string, channelDimension: 1 | 2, number: string, parts: Parts): ErpOrder | null {
  const { open, shipments, invoices, wireShipments, wireInvoices } = parts;
  const head = open ?? wireShipments[0] ?? wireInvoices[0];
  if (!head) return null;
  const lines = open ? openLines(open) : postedLines(parts);
  const channel = [open, ...wireInvoices]
    .map((row) => row?.[`shortcutDimension${channelDimension}Code`] ?? "")
    .find((code) => code !== "");
  return {
    companyId,
    number,
    customerNumber: head.customerNumber,
    customerReference: orNull(head.externalDocumentNumber),
    channel: channel ?? null,
    status: open ? statusOf(lines) : "INVOICED",
    placedOn: open?.orderDate ?? null,
    currency: head.currencyCode,
    total: open ? open.totalAmountIncludingTax : toFixed(sum(invoices.map(({ total }) => new Fraction(total))), 2),
    shippingAddress: addressOf(head),
    lines,
    shipments,
    invoices,
  };
}

const openLines = (order: WireOrder): ErpOrderLine[] =>
  order.salesOrderLines
    .filter(({ lineType }) => lineType === "Item")
    .map((line) => ({
      sequence: line.sequence,
      sku: line.lineObjectNumber,
      description: orNull(line.description),
      unit: line.unitOfMeasureCode,
      ordered: line.quantity,
      shipped: line.shippedQuantity,
      invoiced: line.invoicedQuantity,
      unitPrice: line.unitPrice,
    }));

/** The lines of an order that is gone: posted lines keep its numbers, and all of it was shipped. */
function postedLines({ wireShipments, wireInvoices }: Parts): ErpOrderLine[] {
  const shipped = wireShipments.flatMap((row) => row.salesShipmentLines.filter(isItem));
  const invoiced = wireInvoices.flatMap((row) => row.salesInvoiceLines.filter(isItem));
  const sequences = [...new Set([...shipped, ...invoiced].map(({ sequence }) => sequence))].sort((a, b) => a - b);
  return sequences.map((sequence) => {
    const [ofShipment, ofInvoice] = [
      shipped.filter((line) => line.sequence === sequence),
      invoiced.filter((line) => line.sequence === sequence),
    ];
    const one = (ofInvoice[0] ?? ofShipment[0])!;
    const shippedQuantity = total(ofShipment.length ? ofShipment : ofInvoice);
    return {
      sequence,
      sku: one.lineObjectNumber,
      description: orNull(one.description),
      unit: one.unitOfMeasureCode,
      ordered: shippedQuantity,
      shipped: shippedQuantity,
      invoiced: total(ofInvoice),
      unitPrice: one.unitPrice,
    };
  });
}

const isItem = ({ lineType }: { lineType: string }): boolean => lineType === "Item";
const total = (lines: { quantity: string }[]): string =>
  toPlain(sum(lines.map(({ quantity }) => new Fraction(quantity))), 5);

function statusOf(lines: ErpOrderLine[]): ErpOrder["status"] {
  const reached = (field: "shipped" | "invoiced") => lines.every((line) => new Fraction(line[field]).gte(line.ordered));
  if (lines.length > 0 && reached("invoiced")) return "INVOICED";
  if (lines.length > 0 && reached("shipped")) return "SHIPPED";
  return lines.some(({ shipped }) => new Fraction(shipped).gt(0)) ? "PARTLY_SHIPPED" : "OPEN";
}

type ShipTo = Pick<
  WireOrder,
  | "shipToName"
  | "shipToAddressLine1"
  | "shipToAddressLine2"
  | "shipToCity"
  | "shipToState"
  | "shipToPostCode"
  | "shipToCountry"
>;

function addressOf(row: ShipTo): Address | null {
  if (row.shipToAddressLine1 === "" && row.shipToCity === "") return null;
  return {
    name: orNull(row.shipToName),
    line1: row.shipToAddressLine1,
    line2: orNull(row.shipToAddressLine2),
    city: row.shipToCity,
    region: orNull(row.shipToState),
    postalCode: row.shipToPostCode,
    country: row.shipToCountry,
  };
}
