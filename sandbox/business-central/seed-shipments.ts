import type { Shipment } from "../seed/types.ts";
import type { Books } from "./books.ts";
import { taxPercent } from "./references.ts";
import type { Sold } from "./seed-lines.ts";
import type { Sow } from "./sow.ts";

/** A posted shipment, and the serials and lots that went with it. */
export function seedShipment(books: Books, { order, parties }: Sold, shipment: Shipment, into: Sow) {
  const { billToCustomerId: _, customerId: __, ...shared } = parties;
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
