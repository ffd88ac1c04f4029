import { type Books, newId } from "./books.ts";
import { exact, isNegative, isZero, money, negate, plain, sum } from "./decimals.ts";
import { dialog } from "./errors.ts";
import type { Input } from "./fields.ts";
import type { Entity } from "./filter.ts";
import { bookReceivable, costOf, inventoryOf, moveStock } from "./ledgers.ts";
import type { Picked } from "./pick-tracking.ts";
import { inBase, text, unitFactor } from "./references.ts";
import { checkMoves } from "./stock-line.ts";

/** Serials and lots of a line, from whoever ships: by v2.0 nobody can name them. */
type Pick = (books: Books, line: Entity) => Picked[];

/** Ships and invoices what is left of an order. The order is then deleted, as the real one does (D-04). */
export function shipAndInvoice(books: Books, order: Entity, pick: Pick = () => []) {
  const customer = books.refer("customers", text(order, "customerId"), "Customer");
  if (customer["blocked"] !== " ")
    throw dialog(
      `You cannot ship or invoice when Customer ${text(customer, "number")} is blocked with type ${text(customer, "blocked")}`,
    );
  const lines = books.table("salesOrderLines").by("documentId", order.id);
  const toShip = lines.filter((line) => !isZero(text(line, "shipQuantity")));
  const toInvoice = lines.filter((line) => !isZero(text(line, "invoiceQuantity")));
  if (toShip.length === 0 && toInvoice.length === 0) throw dialog("There is nothing to post.");
  if (toShip.length > 0) ship(books, order, toShip, pick);
  if (toInvoice.length > 0) invoice(books, order, toInvoice);
  for (const line of lines) books.table("salesOrderLines").delete(line.id);
  books.remove("salesOrders", order.id);
}

function ship(books: Books, order: Entity, lines: Entity[], pick: Pick) {
  const number = books.nextNumber("PSS");
  const { customerId: _, status: __, ...head } = order;
  const header = books.save("salesShipments", {
    ...head,
    id: newId(),
    number,
    orderNumber: text(order, "number"),
    postingDate: books.today(),
    invoiceDate: books.today(),
  });
  for (const line of lines) {
    const quantity = text(line, "shipQuantity");
    const posted = books.save("salesShipmentLines", {
      ...line,
      id: newId(),
      documentId: header.id,
      documentNo: number,
      quantity,
      shipmentDate: books.today(),
    });
    takeOut(books, order, posted, pick(books, line));
  }
}

function takeOut(books: Books, order: Entity, line: Entity, picked: Picked[]) {
  const item = books.refer("items", text(line, "itemId"), "Item");
  if (picked.length === 0) checkMoves(books, line);
  const base = inBase(text(line, "quantity"), unitFactor(books, item, text(line, "unitOfMeasureCode")));
  if (isNegative(plain(inventoryOf(books, text(item, "number")).sub(exact(base)))))
    throw dialog(`Item ${text(item, "number")} is not on inventory: you have insufficient quantity.`);
  const untracked = { serialNumber: "", lotNumber: "", quantityBase: base };
  for (const [index, part] of (picked.length > 0 ? picked : [untracked]).entries())
    send(books, order, line, part, index === 0 ? text(line, "netAmount") : "0.00");
}

/** One entry of the item ledger; a serial or lot is kept with the shipment (D-05). */
function send(books: Books, order: Entity, line: Entity, part: Picked, sales: string) {
  const item = books.refer("items", text(line, "itemId"), "Item");
  const location = books.table("locations").get(text(line, "locationId"));
  const [itemNumber, customerNumber] = [text(item, "number"), text(order, "customerNumber")];
  const { serialNumber, lotNumber, quantityBase } = part;
  moveStock(books, {
    itemNumber,
    description: text(line, "description"),
    quantity: negate(quantityBase),
    cost: costOf(item, negate(quantityBase)),
    sales,
    entryType: "Sale",
    documentType: "Sales Shipment",
    documentNumber: text(line, "documentNo"),
    documentLineId: line.id,
    postingDate: books.today(),
    customerNumber,
    locationCode: location ? text(location, "code") : "",
    serialNumber,
    lotNumber,
  });
  if (!serialNumber && !lotNumber) return;
  const link = { shipmentNumber: text(line, "documentNo"), shipmentLineSequence: line["sequence"]! };
  const orderNumber = text(order, "number");
  books.save("shippedItemTrackings", { ...part, ...link, id: newId(), orderNumber, customerNumber, itemNumber });
}

function invoice(books: Books, order: Entity, lines: Entity[]) {
  const number = books.nextNumber("PSIN");
  const today = books.today();
  const id = newId();
  const posted = lines.map((line) => ({ ...line, ...shareOf(line), id: newId(), documentId: id, shipmentDate: today }));
  const total = (field: string) => money(sum(posted.map((line) => text(line, field))));
  const amount = total("netAmountIncludingTax");
  for (const line of posted) books.save("salesInvoiceLines", line);
  books.save("salesInvoices", {
    ...order,
    id,
    number,
    orderId: order.id,
    orderNumber: text(order, "number"),
    invoiceDate: today,
    postingDate: today,
    dueDate: today,
    totalAmountExcludingTax: total("netAmount"),
    totalTaxAmount: total("netTaxAmount"),
    totalAmountIncludingTax: amount,
    remainingAmount: amount,
    status: isZero(amount) ? "Paid" : "Open",
  });
  bookReceivable(books, {
    customerNumber: text(order, "customerNumber"),
    currencyCode: text(order, "currencyCode"),
    documentType: "Invoice",
    documentNumber: number,
    amount,
    net: total("netAmount"),
    postingDate: today,
    dueDate: today,
  });
}

/** The amounts of the part of an order line that is invoiced now. */
function shareOf(line: Entity): Input {
  const part = exact(text(line, "invoiceQuantity")).div(exact(text(line, "quantity")));
  const scaled = (field: string) => money(exact(text(line, field)).mul(part));
  const [net, tax] = [scaled("netAmount"), scaled("netTaxAmount")];
  const whole = money(sum([net, tax]));
  return {
    quantity: text(line, "invoiceQuantity"),
    discountAmount: scaled("discountAmount"),
    amountExcludingTax: net,
    totalTaxAmount: tax,
    amountIncludingTax: whole,
    netAmount: net,
    netTaxAmount: tax,
    netAmountIncludingTax: whole,
  };
}
