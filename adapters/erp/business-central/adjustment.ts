import type { AdjustmentRequest } from "../port.ts";
import type { Client } from "./client.ts";
import type { DocumentKind } from "./documents.ts";
import type { Mappings } from "./mappings.ts";
import { type Actual, bySerial, type Expected, matchLines, sameQuantity } from "./matching.ts";
import { asCode } from "./odata.ts";
import { isPosted, inventoryAdjustments, type WireAdjustment } from "./wire.ts";

const entryTypes = { IN: "Positive Adjmt.", OUT: "Negative Adjmt." } as const;

/** An inventory adjustment: a move (out here, in there), scrap, or the signed correction of a receipt. We send no cost (D-03). */
export function adjustmentKind(
  client: Client,
  { reason, location }: Mappings,
  today: () => string,
): DocumentKind<AdjustmentRequest, WireAdjustment> {
  const description = (request: AdjustmentRequest) => request.description.slice(0, 100);
  const expected = (request: AdjustmentRequest): Expected[] =>
    request.lines.flatMap(bySerial).map(({ line, quantity, serialNumber }) => ({
      ref: line.ref,
      content: {
        entry: entryTypes[line.direction],
        item: asCode(line.sku),
        quantity: sameQuantity(quantity),
        unit: asCode(line.unit),
        location: location(line.location),
        reason: reason(line.reasonCode),
        serial: asCode(serialNumber),
        lot: asCode(line.lotNumber ?? ""),
      },
    }));

  return {
    name: "adjustment",
    set: inventoryAdjustments,
    lines: "inventoryAdjustmentLines",
    customerOf: () => null,

    async make(key, request, call) {
      const body = {
        externalDocumentNumber: key,
        postingDate: today(),
        description: description(request),
        inventoryAdjustmentLines: request.lines.flatMap(bySerial).map(({ line, quantity, serialNumber }) => ({
          itemNumber: line.sku,
          quantity: Number(quantity),
          unitOfMeasureCode: line.unit,
          entryType: entryTypes[line.direction],
          locationCode: location(line.location),
          reasonCode: reason(line.reasonCode),
          ...(serialNumber === "" ? {} : { serialNumber }),
          ...(line.lotNumber === null ? {} : { lotNumber: line.lotNumber }),
        })),
      };
      return (await client.create(inventoryAdjustments, "draft-adjustment", body, call)).id;
    },

    describe(row, request) {
      const { same, lines } = matchLines(
        expected(request),
        row.inventoryAdjustmentLines.toSorted((a, b) => a.sequence - b.sequence).map(actual),
      );
      return {
        id: row.id,
        number: row.number,
        status: isPosted(row.status) ? "POSTED" : "DRAFT",
        theirStatus: row.status,
        sameContent: same && row.description === description(request),
        totals: null,
        postingDate: isPosted(row.status) ? row.postingDate : null,
        lines,
      };
    },
  };
}

const actual = (line: WireAdjustment["inventoryAdjustmentLines"][number]): Actual => ({
  content: {
    entry: line.entryType,
    item: line.itemNumber,
    quantity: line.quantity,
    unit: line.unitOfMeasureCode,
    location: line.locationCode,
    reason: line.reasonCode,
    serial: asCode(line.serialNumber),
    lot: asCode(line.lotNumber),
  },
  line: { id: line.id, sku: line.itemNumber, quantity: line.quantity, net: null, tax: null },
});
