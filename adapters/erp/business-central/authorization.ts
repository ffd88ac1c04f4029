import type { AuthorizationRequest } from "../port.ts";
import type { Client } from "./client.ts";
import type { DocumentKind } from "./documents.ts";
import type { Mappings } from "./mappings.ts";
import { type Actual, type Content, matchLines, sameQuantity } from "./matching.ts";
import { asCode } from "./odata.ts";
import { isPosted, returnOrders, type WireReturnOrder, type WireReturnOrderLine } from "./wire.ts";

type AskedLine = AuthorizationRequest["lines"][number];

/** A return order: what may come back. Drafted on request, posted ("fixed") just before the first receipt (D-10). */
export function authorizationKind(
  client: Client,
  { reason }: Mappings,
  today: () => string,
): DocumentKind<AuthorizationRequest, WireReturnOrder> {
  return {
    name: "authorization",
    set: returnOrders,
    lines: "returnOrderLines",
    customerOf: ({ customerNumber }) => customerNumber,

    async make(key, request, call) {
      const body = {
        externalDocumentNumber: key,
        postingDate: today(),
        customerNumber: request.customerNumber,
        currencyCode: request.currency,
        originalOrderNumber: request.orderNumber,
        returnOrderLines: request.lines.map((line) => lineBody(line, reason)),
      };
      return (await client.create(returnOrders, "draft-authorization", body, call)).id;
    },

    describe(row, request) {
      const { same, lines } = matchLines(
        request.lines.map((line) => ({ ref: line.ref, content: expected(line, reason) })),
        row.returnOrderLines.toSorted((a, b) => a.sequence - b.sequence).map(actual),
      );
      const sameHead =
        row.customerNumber === asCode(request.customerNumber) &&
        row.originalOrderNumber === asCode(request.orderNumber);
      return {
        id: row.id,
        number: row.number,
        status: isPosted(row.status) ? "POSTED" : "DRAFT",
        theirStatus: row.status,
        sameContent: same && sameHead,
        totals: { net: row.totalAmountExcludingTax, tax: row.totalTaxAmount, total: row.totalAmountIncludingTax },
        postingDate: isPosted(row.status) ? row.postingDate : null,
        lines,
      };
    },
  };
}

/** A line as it goes over the wire. */
export const lineBody = (line: AskedLine, reason: Mappings["reason"]) => ({
  itemNumber: line.sku,
  quantity: Number(line.quantity),
  unitOfMeasureCode: line.unit,
  appliesFromInvoiceNumber: line.invoiceNumber,
  appliesFromLineSequence: line.invoiceLine,
  returnReasonCode: reason(line.reasonCode),
});

/** What a line is to say, as `actual` reads it. */
export const expected = (line: AskedLine, reason: Mappings["reason"]): Content => ({
  item: asCode(line.sku),
  quantity: sameQuantity(line.quantity),
  unit: asCode(line.unit),
  invoice: asCode(line.invoiceNumber),
  invoiceLine: line.invoiceLine,
  reason: reason(line.reasonCode),
});

export const actual = (line: WireReturnOrderLine): Actual => ({
  content: {
    item: line.itemNumber,
    quantity: line.quantity,
    unit: line.unitOfMeasureCode,
    invoice: line.appliesFromInvoiceNumber,
    invoiceLine: line.appliesFromLineSequence,
    reason: line.returnReasonCode,
  },
  line: {
    id: line.id,
    sku: line.itemNumber,
    quantity: line.quantity,
    net: line.amountExcludingTax,
    tax: line.totalTaxAmount,
  },
});
