import type { StockInRequest } from "../port.ts";
import type { Client } from "./client.ts";
import type { DocumentKind } from "./documents.ts";
import type { Mappings } from "./mappings.ts";
import { type Actual, bySerial, type Expected, matchLines, sameQuantity } from "./matching.ts";
import { asCode, guid } from "./odata.ts";
import { isPosted, returnReceipts, type WireReceiptLine, type WireReturnReceipt } from "./wire.ts";

/** A return receipt: the goods enter the ERP, in quarantine (D-01) or at zero value in consignment (D-11). We send no cost (D-03). */
export function stockInKind(
  client: Client,
  { reason, location }: Mappings,
  today: () => string,
): DocumentKind<StockInRequest, WireReturnReceipt> {
  const wireLines = ({ lines }: StockInRequest) =>
    lines.flatMap(bySerial).map(({ line, quantity, serialNumber }) => ({
      itemNumber: line.sku,
      quantity: Number(quantity),
      unitOfMeasureCode: line.unit,
      returnOrderLineId: guid(line.authorizationLineId),
      returnReasonCode: reason(line.reasonCode),
      ...(serialNumber === "" ? {} : { serialNumber }),
      ...(line.lotNumber === null ? {} : { lotNumber: line.lotNumber }),
    }));
  const expected = (request: StockInRequest): Expected[] =>
    request.lines.flatMap(bySerial).map(({ line, quantity, serialNumber }) => ({
      ref: line.ref,
      content: {
        item: asCode(line.sku),
        quantity: sameQuantity(quantity),
        unit: asCode(line.unit),
        orderLine: line.authorizationLineId,
        reason: reason(line.reasonCode),
        serial: asCode(serialNumber),
        lot: asCode(line.lotNumber ?? ""),
      },
    }));

  return {
    name: "stock-in",
    set: returnReceipts,
    lines: "returnReceiptLines",
    customerOf: ({ customerNumber }) => customerNumber,

    async make(key, request, call) {
      const body = {
        externalDocumentNumber: key,
        postingDate: today(),
        customerNumber: request.customerNumber,
        returnOrderId: guid(request.authorizationId),
        locationCode: location(request.location),
        returnReceiptLines: wireLines(request),
      };
      return (await client.create(returnReceipts, "draft-stock-in", body, call)).id;
    },

    describe(row, request) {
      const { same, lines } = matchLines(
        expected(request),
        row.returnReceiptLines.toSorted((a, b) => a.sequence - b.sequence).map(actual),
      );
      const sameHead =
        row.customerNumber === asCode(request.customerNumber) &&
        row.returnOrderId === request.authorizationId &&
        row.locationCode === location(request.location);
      return {
        id: row.id,
        number: row.number,
        status: isPosted(row.status) ? "POSTED" : "DRAFT",
        theirStatus: row.status,
        sameContent: same && sameHead,
        totals: null,
        postingDate: isPosted(row.status) ? row.postingDate : null,
        lines,
      };
    },
  };
}

const actual = (line: WireReceiptLine): Actual => ({
  content: {
    item: line.itemNumber,
    quantity: line.quantity,
    unit: line.unitOfMeasureCode,
    orderLine: line.returnOrderLineId,
    reason: line.returnReasonCode,
    serial: asCode(line.serialNumber),
    lot: asCode(line.lotNumber),
  },
  line: { id: line.id, sku: line.itemNumber, quantity: line.quantity, net: null, tax: null },
});
