import type { SetSpec } from "./set-spec.ts";

const head =
  "id guid!, number c20!, externalDocumentNumber c35, status o(Draft|Posted)!, lastModifiedDateTime datetime!";
const customer = "customerId guid, customerNumber c20, customerName t100!";
const line =
  "id guid!, documentId guid, sequence int, itemId guid, itemNumber c20, description t100, quantity decimal, unitOfMeasureCode c10, quantityBase decimal!, serialNumber c50, lotNumber c50, locationCode c10";
const item = { item: { set: "items", from: "itemId" } };
const links = { customer: { set: "customers", from: "customerId" } };

/** The custom API pages that a partner installs (`wires.md`, section 2). */
export const returnPages: SetSpec[] = [
  {
    name: "returnOrders",
    type: "returnOrder",
    fields: `${head}, ${customer}, orderDate date, postingDate date, locationCode c10, currencyCode c10, originalOrderNumber c20, originalInvoiceNumber c20, returnReasonCode c10, totalAmountExcludingTax decimal!, totalTaxAmount decimal!, totalAmountIncludingTax decimal!`,
    one: links,
    lines: "returnOrderLines",
    hasWebhooks: true,
  },
  {
    name: "returnOrderLines",
    type: "returnOrderLine",
    fields: `${line}, appliesFromInvoiceNumber c20, appliesFromLineSequence int, returnReasonCode c10, unitPrice decimal, discountPercent decimal, taxPercent decimal!, amountExcludingTax decimal!, totalTaxAmount decimal!, amountIncludingTax decimal!, quantityReceived decimal!`,
    one: item,
    parent: "returnOrders",
  },
  {
    name: "returnReceipts",
    type: "returnReceipt",
    fields: `${head}, returnOrderId guid, returnOrderNumber c20, ${customer}, postingDate date, locationCode c10`,
    one: { ...links, returnOrder: { set: "returnOrders", from: "returnOrderId" } },
    lines: "returnReceiptLines",
    hasWebhooks: true,
  },
  {
    name: "returnReceiptLines",
    type: "returnReceiptLine",
    fields: `${line}, returnOrderLineId guid, returnReasonCode c10, quantityCredited decimal!`,
    one: { ...item, returnOrderLine: { set: "returnOrderLines", from: "returnOrderLineId" } },
    parent: "returnReceipts",
  },
  {
    name: "inventoryAdjustments",
    type: "inventoryAdjustment",
    fields: `${head}, description t100, postingDate date, locationCode c10, reasonCode c10`,
    lines: "inventoryAdjustmentLines",
    hasWebhooks: true,
  },
  {
    name: "inventoryAdjustmentLines",
    type: "inventoryAdjustmentLine",
    fields: `${line}, entryType o(Positive Adjmt.|Negative Adjmt.), reasonCode c10, unitCost decimal`,
    one: item,
    parent: "inventoryAdjustments",
  },
  {
    name: "itemUnitsOfMeasure",
    type: "itemUnitOfMeasure",
    fields: "id guid!, itemId guid!, itemNumber c20!, code c10!, qtyPerUnitOfMeasure decimal!",
    one: item,
  },
  {
    // Beyond wires.md: what the master knows of hazard, returns and warranty (0 months: none), so that no adapter has to guess it.
    name: "itemTrackings",
    type: "itemTracking",
    fields:
      "id guid!, itemId guid!, itemNumber c20!, itemTrackingCode c10!, serialRequired boolean!, lotRequired boolean!, hazardous boolean!, unNumber c10!, packingGroup c10!, grossWeight decimal!, returnable boolean!, supplierOwned boolean!, recalled boolean!, warrantyMonths int!",
    one: item,
  },
  {
    name: "shippedItemTrackings",
    type: "shippedItemTracking",
    fields:
      "id guid!, shipmentNumber c20!, shipmentLineSequence int!, orderNumber c20!, customerNumber c20!, itemNumber c20!, serialNumber c50!, lotNumber c50!, quantityBase decimal!",
  },
  {
    // Beyond wires.md: where a posted memo went (D-25); v2.0 doesn't tell.
    name: "creditMemoApplications",
    type: "creditMemoApplication",
    fields: "id guid!, creditMemoNumber c20!, invoiceNumber c20!, amount decimal!, postingDate date!",
  },
];
