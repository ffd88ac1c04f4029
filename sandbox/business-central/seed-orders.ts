import { toCents } from "../seed/decimals.ts";
import type { Distributor, Invoice, Order, OrderLine } from "../seed/types.ts";
import { type Books, seededId } from "./books.ts";
import { exact, money, plain, sum } from "./decimals.ts";
import type { Input } from "./fields.ts";
import { taxPercent, text } from "./references.ts";
import { amounts, lineHead, locationId, parties, postedLine, type Sold } from "./seed-lines.ts";
import { seedShipment } from "./seed-shipments.ts";
import type { Sow } from "./sow.ts";
import { grossOf } from "./totals.ts";

/** Open orders, posted shipments and posted invoices. An order that is done is not there any more (D-04). */
export function seedOrders(books: Books, distributor: Distributor, into: Sow) {
  for (const order of distributor.orders.filter((each) => each.company === books.company.code)) {
    const sold = { order, parties: parties(books, order) };
    if (!order.gone) seedOrder(books, sold, into);
    for (const shipment of order.shipments) seedShipment(books, sold, shipment, into);
    for (const invoice of order.invoices) seedInvoice(books, sold, invoice, into);
  }
}

function seedOrder(books: Books, { order, parties }: Sold, into: Sow) {
  const lines = order.lines.map((line) => orderLine(books, order, line));
  const row = into(
    "salesOrders",
    order.number,
    {
      ...parties,
      number: order.number,
      orderDate: order.orderedOn,
      postingDate: order.orderedOn,
      currencyCode: order.currency,
      partialShipping: true,
      fullyShipped: order.lines.every((line) => exact(line.shipped).compare(exact(line.ordered)) >= 0),
      status: "Open",
      discountAmount: "0",
      totalAmountExcludingTax: money(sum(lines.map((line) => text(line, "amountExcludingTax")))),
      totalTaxAmount: money(sum(lines.map((line) => text(line, "totalTaxAmount")))),
      totalAmountIncludingTax: money(sum(lines.map((line) => text(line, "amountIncludingTax")))),
    },
    order.orderedOn,
  );
  for (const line of lines)
    into(
      "salesOrderLines",
      `${order.number}/${text(line, "sequence")}`,
      { ...line, documentId: row.id },
      order.orderedOn,
    );
}

function orderLine(books: Books, order: Order, line: OrderLine): Input {
  const percent = taxPercent(books, line.taxCode);
  const gross = grossOf({ quantity: line.ordered, unitPrice: line.unitPrice });
  const discountAmount = money(gross.mul(exact(line.discountPercent)).div(100));
  const amount = money(gross.sub(exact(discountAmount)));
  const tax = money(exact(amount).mul(exact(percent)).div(100));
  const left = exact(line.ordered).sub(exact(line.shipped));
  return {
    ...lineHead(books, line),
    quantity: line.ordered,
    discountAmount,
    ...amounts(amount, tax),
    invoiceDiscountAllocation: "0.00",
    taxPercent: percent,
    shipmentDate: order.orderedOn,
    shippedQuantity: line.shipped,
    invoicedQuantity: line.invoiced,
    shipQuantity: plain(left),
    invoiceQuantity: plain(exact(line.ordered).sub(exact(line.invoiced))),
    locationId: locationId(books, line.dropShip ? "" : order.locationCode),
  };
}

function seedInvoice(books: Books, { order, parties }: Sold, invoice: Invoice, into: Sow) {
  const row = into(
    "salesInvoices",
    invoice.number,
    {
      ...parties,
      number: invoice.number,
      orderId: seededId(books.company.code, "salesOrders", order.number),
      orderNumber: order.number,
      invoiceDate: invoice.postedOn,
      postingDate: invoice.postedOn,
      dueDate: invoice.dueOn,
      currencyCode: order.currency,
      discountAmount: invoice.invoiceDiscount,
      totalAmountExcludingTax: invoice.netAmount,
      totalTaxAmount: invoice.taxAmount,
      totalAmountIncludingTax: invoice.total,
      remainingAmount: invoice.open,
      status: toCents(invoice.open) === 0 ? "Paid" : "Open",
    },
    invoice.postedOn,
  );
  for (const line of invoice.lines)
    into(
      "salesInvoiceLines",
      `${invoice.number}/${line.sequence}`,
      {
        ...postedLine(books, line),
        documentId: row.id,
        shipmentDate: invoice.postedOn,
        locationId: locationId(books, order.locationCode),
      },
      invoice.postedOn,
    );
}
