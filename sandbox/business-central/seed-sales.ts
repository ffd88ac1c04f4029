import type {
  Address,
  CreditMemo,
  Distributor,
  Invoice,
  InvoiceLine,
  Order,
  OrderLine,
  Shipment,
} from "../seed/types.ts";
import { type Books, seededId } from "./books.ts";
import { exact, isZero, money, plain, sum } from "./decimals.ts";
import type { Input } from "./fields.ts";
import { taxPercent, text } from "./references.ts";
import type { Sow } from "./seed.ts";
import { grossOf } from "./totals.ts";

/** Open orders, posted shipments and posted invoices. An order that is done is not there any more (D-04). */
export function seedOrders(books: Books, distributor: Distributor, into: Sow) {
  for (const order of distributor.orders.filter((each) => each.company === books.company.code)) {
    if (!order.gone) seedOrder(books, order, into);
    for (const shipment of order.shipments) seedShipment(books, order, shipment, into);
    for (const invoice of order.invoices) seedInvoice(books, order, invoice, into);
  }
}

function seedOrder(books: Books, order: Order, into: Sow) {
  const lines = order.lines.map((line) => orderLine(books, order, line));
  const row = into(
    "salesOrders",
    order.number,
    {
      ...parties(books, order),
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

function seedShipment(books: Books, order: Order, shipment: Shipment, into: Sow) {
  const { billToCustomerId: _, customerId: __, ...shared } = parties(books, order);
  const row = into(
    "salesShipments",
    shipment.number,
    {
      ...shared,
      number: shipment.number,
      orderNumber: order.number,
      postingDate: shipment.shippedOn,
      invoiceDate: shipment.shippedOn,
      dueDate: shipment.shippedOn,
      currencyCode: order.currency,
    },
    shipment.shippedOn,
  );
  for (const line of shipment.lines) {
    const ordered = order.lines.find((each) => each.sequence === line.sequence)!;
    into(
      "salesShipmentLines",
      `${shipment.number}/${line.sequence}`,
      {
        documentId: row.id,
        documentNo: shipment.number,
        sequence: line.sequence,
        lineType: "Item",
        lineObjectNumber: line.sku,
        description: ordered.description,
        unitOfMeasureCode: line.unit,
        unitPrice: ordered.unitPrice,
        quantity: line.quantity,
        discountPercent: ordered.discountPercent,
        taxPercent: taxPercent(books, ordered.taxCode),
        shipmentDate: shipment.shippedOn,
      },
      shipment.shippedOn,
    );
    const link = {
      shipmentNumber: shipment.number,
      shipmentLineSequence: line.sequence,
      orderNumber: order.number,
      customerNumber: order.customerNumber,
      itemNumber: line.sku,
    };
    line.tracking.forEach(({ serialNumber, lotNumber, quantityBase }, index) =>
      into(
        "shippedItemTrackings",
        `${shipment.number}/${line.sequence}/${index}`,
        { ...link, serialNumber: serialNumber ?? "", lotNumber: lotNumber ?? "", quantityBase },
        shipment.shippedOn,
      ),
    );
  }
}

function seedInvoice(books: Books, order: Order, invoice: Invoice, into: Sow) {
  const row = into(
    "salesInvoices",
    invoice.number,
    {
      ...parties(books, order),
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
      status: isZero(invoice.open) ? "Paid" : "Open",
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

/** Memos that people posted in the ERP themselves. */
export function seedCreditMemos(books: Books, distributor: Distributor, into: Sow) {
  for (const memo of distributor.creditMemos.filter((each) => each.company === books.company.code))
    seedMemo(books, memo, into);
}

function seedMemo(books: Books, memo: CreditMemo, into: Sow) {
  const invoice = books.one("salesInvoices", "number", memo.invoiceNumber)!;
  const customer = books.one("customers", "number", memo.customerNumber)!;
  const row = into(
    "salesCreditMemos",
    memo.number,
    {
      number: memo.number,
      externalDocumentNumber: memo.externalDocumentNumber,
      creditMemoDate: memo.postedOn,
      postingDate: memo.postedOn,
      dueDate: memo.postedOn,
      customerId: customer.id,
      customerNumber: memo.customerNumber,
      customerName: text(customer, "displayName"),
      billToName: text(customer, "displayName"),
      billToCustomerId: customer.id,
      billToCustomerNumber: memo.customerNumber,
      currencyCode: text(invoice, "currencyCode"),
      invoiceId: invoice.id,
      invoiceNumber: memo.invoiceNumber,
      customerReturnReasonId: seededId(books.company.code, "customerReturnReasons", memo.reasonCode),
      discountAmount: money(sum(memo.lines.map((line) => line.invoiceDiscount))),
      totalAmountExcludingTax: memo.netAmount,
      totalTaxAmount: memo.taxAmount,
      totalAmountIncludingTax: memo.total,
      status: isZero(memo.onAccount) ? "Paid" : "Open",
    },
    memo.postedOn,
  );
  for (const line of memo.lines)
    into(
      "salesCreditMemoLines",
      `${memo.number}/${line.sequence}`,
      {
        ...postedLine(books, line),
        documentId: row.id,
        locationId: locationId(books, memo.locationCode),
        receiptLineId: "",
      },
      memo.postedOn,
    );
  const amount = money(exact(memo.total).sub(exact(memo.onAccount)));
  if (!isZero(amount))
    into(
      "creditMemoApplications",
      memo.number,
      { creditMemoNumber: memo.number, invoiceNumber: memo.invoiceNumber, amount, postingDate: memo.postedOn },
      memo.postedOn,
    );
}

const locationId = (books: Books, code: string) => (code ? seededId(books.company.code, "locations", code) : "");

function lineHead(books: Books, line: OrderLine | InvoiceLine): Input {
  return {
    sequence: line.sequence,
    itemId: seededId(books.company.code, "items", line.sku),
    accountId: "",
    lineType: "Item",
    lineObjectNumber: line.sku,
    description: line.description,
    unitOfMeasureId: seededId(books.company.code, "unitsOfMeasure", line.unit),
    unitOfMeasureCode: line.unit,
    unitPrice: line.unitPrice,
    discountPercent: line.discountPercent,
    taxCode: line.taxCode,
  };
}

const amounts = (amount: string, tax: string): Input => {
  const whole = money(sum([amount, tax]));
  return {
    amountExcludingTax: amount,
    totalTaxAmount: tax,
    amountIncludingTax: whole,
    netAmount: amount,
    netTaxAmount: tax,
    netAmountIncludingTax: whole,
  };
};

function postedLine(books: Books, line: InvoiceLine): Input {
  const tax = money(exact(line.lineAmount).mul(exact(line.taxPercent)).div(100));
  return {
    ...lineHead(books, line),
    ...amounts(line.lineAmount, tax),
    quantity: line.quantity,
    quantityBase: line.quantityBase,
    discountAmount: line.discountAmount,
    taxPercent: line.taxPercent,
    invoiceDiscountAllocation: line.invoiceDiscount,
    netAmount: line.netAmount,
    netTaxAmount: line.taxAmount,
    netAmountIncludingTax: line.amountIncludingTax,
  };
}

function parties(books: Books, order: Order): Input {
  const customer = books.one("customers", "number", order.customerNumber)!;
  const name = text(customer, "displayName");
  const home = {
    line1: text(customer, "addressLine1"),
    city: text(customer, "city"),
    state: text(customer, "state"),
    postalCode: text(customer, "postalCode"),
    country: text(customer, "country"),
  };
  return {
    externalDocumentNumber: order.customerReference,
    customerPurchaseOrderReference: order.customerReference,
    customerId: customer.id,
    customerNumber: order.customerNumber,
    customerName: name,
    billToName: name,
    billToCustomerId: customer.id,
    billToCustomerNumber: order.customerNumber,
    shortcutDimension1Code: order.channel,
    shortcutDimension2Code: text(customer, "segment"),
    shipToName: name,
    ...prefixed("shipTo", order.shipTo),
    ...prefixed("sellTo", home),
    ...prefixed("billTo", home),
  };
}

const prefixed = (prefix: string, address: Address): Input => ({
  [`${prefix}AddressLine1`]: address.line1,
  [`${prefix}City`]: address.city,
  [`${prefix}State`]: address.state,
  [`${prefix}PostCode`]: address.postalCode,
  [`${prefix}Country`]: address.country,
});
