import type { Call } from "../../port.ts";
import type { ErpShipment, SoldSerial } from "../port.ts";
import type { Beyond } from "./beyond.ts";
import type { Client } from "./client.ts";
import type { Company } from "./invoices.ts";
import { answerAsked } from "./master-data.ts";
import { asCode, askable } from "./odata.ts";
import { orNull, shipments, type WireShipment, type WireShippedTracking } from "./wire.ts";

/** Posted shipments by their number or their order's, as they came and as ours. */
export async function readShipments(
  client: Client,
  { companyId, beyond }: Company,
  field: "number" | "orderNumber",
  values: Iterable<string>,
  call: Call,
): Promise<{ wire: WireShipment[]; shipments: ErpShipment[] }> {
  const asked = [...values];
  const [wire, trackings] = await Promise.all([
    client.listBy(shipments, field, asked, { deed: "find-shipments", expand: "salesShipmentLines" }, call),
    beyond.shippedTrackings(field === "number" ? "shipmentNumber" : "orderNumber", asked, call),
  ]);
  const byShipment = Map.groupBy(trackings, ({ shipmentNumber }) => shipmentNumber);
  return { wire, shipments: wire.map((row) => shipmentOf(companyId, row, byShipment.get(row.number) ?? [])) };
}

export async function findShipments(
  client: Client,
  company: Company,
  numbers: readonly string[],
  call: Call,
): Promise<Map<string, ErpShipment>> {
  const asked = askable(numbers);
  const { shipments: found } = await readShipments(client, company, "number", asked.keys(), call);
  return answerAsked(
    asked,
    found,
    (row) => row.number,
    (row) => row,
  );
}

/** v2.0 knows neither delivery nor carrier nor the line's location. */
function shipmentOf(companyId: string, row: WireShipment, trackings: WireShippedTracking[]): ErpShipment {
  return {
    companyId,
    number: row.number,
    orderNumber: row.orderNumber,
    customerNumber: row.customerNumber,
    shippedOn: row.postingDate,
    deliveredOn: null,
    carrier: null,
    trackingNumber: null,
    lines: row.salesShipmentLines
      .filter(({ lineType }) => lineType === "Item")
      .map((line) => ({
        sequence: line.sequence,
        orderLine: line.sequence,
        sku: line.lineObjectNumber,
        unit: line.unitOfMeasureCode,
        quantity: line.quantity,
        location: null,
        tracked: trackings
          .filter(({ shipmentLineSequence }) => shipmentLineSequence === line.sequence)
          .map(({ serialNumber, lotNumber, quantityBase }) => ({
            serialNumber: orNull(serialNumber),
            lotNumber: orNull(lotNumber),
            quantity: quantityBase,
          })),
      })),
  };
}

/** Which of a customer's orders these serial numbers were shipped on. */
export async function findSoldSerials(
  beyond: Beyond,
  customerNumber: string,
  serialNumbers: readonly string[],
  call: Call,
): Promise<Map<string, SoldSerial[]>> {
  const asked = askable(serialNumbers, 50);
  const rows = await beyond.shippedTrackings("serialNumber", asked.keys(), call);
  const sold = new Map<string, SoldSerial[]>();
  for (const row of rows.filter((each) => each.customerNumber === asCode(customerNumber)))
    for (const key of asked.get(asCode(row.serialNumber)) ?? [])
      sold.set(key, [...(sold.get(key) ?? []), { sku: row.itemNumber, orderNumber: row.orderNumber }]);
  return sold;
}
