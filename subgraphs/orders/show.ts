import type { ErpCustomer, ErpInvoice, ErpOrder, ErpShipment } from "#adapters/erp/port.ts";
import { parseDecimal } from "#shared/decimal.ts";
import { foreignIdOf } from "#shared/ids.ts";
import { startOfDay } from "../kit/days.ts";
import type { Known } from "../kit/reading.ts";
import type { Freshness } from "./types.generated.ts";

// What the ERP says, in the words of the graph. Money stays apart: who sees it is decided field by field.

const orderIdOf = ({ companyId, number }: ErpOrder): string => foreignIdOf("erp.order", companyId, number);

export function showOrder({ value: order, freshness }: Known<ErpOrder>) {
  const { companyId, number, customerReference, channel, status, shippingAddress } = order;
  return {
    id: orderIdOf(order),
    number,
    company: { id: companyId },
    customerReference,
    channel,
    status,
    placedAt: order.placedOn && startOfDay(companyId, order.placedOn),
    shippingAddress,
    customer: { id: foreignIdOf("erp.customer", companyId, order.customerNumber) },
    lines: order.lines.map((line) => ({
      ...line,
      id: foreignIdOf("erp.order", companyId, number, line.sequence),
      order,
    })),
    shipments: order.shipments.map((shipment) => showShipment({ value: shipment, freshness })),
    invoices: order.invoices.map((invoice) => showInvoice({ value: invoice, freshness })),
    freshness,
    erp: order,
  };
}
export type ShownOrder = ReturnType<typeof showOrder>;
export type ShownOrderLine = ShownOrder["lines"][number];

export function showShipment({ value, freshness }: Known<ErpShipment>) {
  const { companyId, number, carrier, trackingNumber, shippedOn, deliveredOn, lines } = value;
  return {
    id: foreignIdOf("erp.shipment", companyId, number),
    carrier,
    trackingNumber,
    status: deliveredOn ? "DELIVERED" : "SHIPPED",
    shippedAt: shippedOn && startOfDay(companyId, shippedOn),
    deliveredAt: deliveredOn && startOfDay(companyId, deliveredOn),
    lines: lines.map(({ sku, quantity, unit, tracked }) => ({
      sku,
      quantity: { value: quantity, unit },
      serialNumbers: tracked.flatMap(({ serialNumber }) => serialNumber ?? []),
      lotNumbers: [...new Set(tracked.flatMap(({ lotNumber }) => lotNumber ?? []))],
    })),
    freshness,
  };
}

export function showInvoice({ value, freshness }: Known<ErpInvoice>) {
  const { companyId, number, status, postedOn } = value;
  return {
    id: foreignIdOf("erp.invoice", companyId, number),
    number,
    status,
    postedAt: startOfDay(companyId, postedOn),
    freshness,
    erp: value,
  };
}
export type ShownInvoice = ReturnType<typeof showInvoice>;

export function showCustomer({ value, freshness }: Known<ErpCustomer>) {
  const { companyId, number, name, tier, segment, email } = value;
  return {
    id: foreignIdOf("erp.customer", companyId, number),
    number,
    name,
    tier,
    segment,
    email,
    creditHold: holdOf(value),
    freshness,
  };
}

const blocks: Record<ErpCustomer["blocked"], string | null> = {
  NONE: null,
  SHIP: "Blocked for shipping.",
  INVOICE: "Blocked for shipping and invoicing.",
  ALL: "Blocked for every transaction.",
};

/** The ERP does not say since when. */
function holdOf({ blocked, creditLimit, balance }: ErpCustomer): { reason: string; since: null } | null {
  const isOver =
    creditLimit !== "0" && parseDecimal(creditLimit).gt(0) && parseDecimal(balance).gt(parseDecimal(creditLimit));
  const reason = blocks[blocked] ?? (isOver ? "The balance is over the credit limit." : null);
  return reason === null ? null : { reason, since: null };
}

export type { Freshness };
