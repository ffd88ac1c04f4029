import { newId } from "./books.ts";
import { knownSet } from "./entity-sets.ts";
import { dialog } from "./errors.ts";
import { blankRow, type Family } from "./family.ts";
import type { Input } from "./fields.ts";
import { checkLocation, checkReason, customerOf, given, text } from "./references.ts";
import { stockLine } from "./stock-line.ts";

/** Return receipts: stock in. Without money; the memo is made from the posted receipt. */
export const returnReceipts: Family = {
  headers: "returnReceipts",
  lines: "returnReceiptLines",
  header(books, before, input) {
    const start = before ?? {
      ...blankRow(knownSet("returnReceipts")),
      id: newId(),
      number: books.nextNumber("SRR"),
      status: "Draft",
      postingDate: books.today(),
    };
    const merged: Input = { ...start, ...input };
    const customer = customerOf(books, before, input);
    checkLocation(books, text(merged, "locationCode"));
    const orderId = text(merged, "returnOrderId");
    const orderNumber = text(merged, "returnOrderNumber");
    const byNumber =
      orderNumber && !given(input, "returnOrderId") ? books.one("returnOrders", "number", orderNumber) : undefined;
    const order = byNumber ?? (orderId ? books.refer("returnOrders", orderId, "Return Order") : undefined);
    if (orderNumber && !order) throw dialog(`The Return Order ${orderNumber} cannot be found.`);
    if (order && order["customerId"] !== customer.id)
      throw dialog(`The Return Order ${text(order, "number")} is of another customer.`);
    return {
      ...merged,
      id: start.id,
      customerId: customer.id,
      customerNumber: text(customer, "number"),
      customerName: text(customer, "displayName"),
      returnOrderId: order?.id ?? "",
      returnOrderNumber: order ? text(order, "number") : "",
    };
  },
  line(books, header, before, input) {
    const line = stockLine(books, "returnReceiptLines", header, before, input);
    const orderLineId = text(line, "returnOrderLineId");
    const orderLine = orderLineId ? books.refer("returnOrderLines", orderLineId, "Return Order Line") : null;
    if (orderLine && orderLine["itemId"] !== line["itemId"])
      throw dialog(`The Return Order Line ${orderLineId} is not for Item ${text(line, "itemNumber")}.`);
    const reason = text(line, "returnReasonCode") || (orderLine ? text(orderLine, "returnReasonCode") : "");
    checkReason(books, reason);
    return { ...line, returnReasonCode: reason };
  },
  settle: (books, header) => books.save("returnReceipts", header),
};
