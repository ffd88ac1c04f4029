import { priceLine, sumOf } from "./build-invoice-line.ts";
import { found } from "./build-order.ts";
import { addDays } from "./days.ts";
import { money, toCents } from "./decimals.ts";
import type { MemoPlan } from "./order-plan.ts";
import type { CreditMemo, Day, Order } from "./types.ts";

/** Posts a person's memo against the order's first invoice: it lowers what is open there, the rest stays on account. */
export function buildMemo(today: Day, orders: Map<string, Order>, plan: MemoPlan, index: number): CreditMemo {
  const order = found(orders.get(`${plan.company}/${plan.order}`), plan.order);
  const invoice = found(order.invoices[0], `an invoice of ${plan.order}`);
  const orderLine = found(order.lines[plan.line], `line ${plan.line} of ${plan.order}`);
  const { taxPercent } = found(
    invoice.lines.find((line) => line.sequence === orderLine.sequence),
    `line ${orderLine.sequence} of ${invoice.number}`,
  );
  const lines = [priceLine(orderLine, plan.quantity, taxPercent)];
  const totals = sumOf(lines);
  const onAccount = Math.max(0, toCents(totals.total) - toCents(invoice.open));
  invoice.open = money(toCents(invoice.open) - (toCents(totals.total) - onAccount));
  return {
    company: plan.company,
    number: `PSCM-${100_001 + index}`,
    externalDocumentNumber: `CLAIM-${plan.order.slice(3)}`,
    customerNumber: order.customerNumber,
    invoiceNumber: invoice.number,
    postedOn: addDays(today, -plan.daysAgo),
    reasonCode: plan.reasonCode,
    locationCode: order.locationCode,
    ...totals,
    onAccount: money(onAccount),
    lines,
  };
}
