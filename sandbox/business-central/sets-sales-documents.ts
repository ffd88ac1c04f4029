import type { SetSpec } from "./set-spec.ts";

const sellTo =
  "sellToAddressLine1 t100, sellToAddressLine2 t50, sellToCity t30, sellToCountry c10, sellToState t30, sellToPostCode c20";
const billTo =
  "billToName t100!, billToCustomerId guid, billToCustomerNumber c20, billToAddressLine1 t100, billToAddressLine2 t50, billToCity t30, billToCountry c10, billToState t30, billToPostCode c20";
const shipTo =
  "shipToName t100, shipToContact t100, shipToAddressLine1 t100, shipToAddressLine2 t50, shipToCity t30, shipToCountry c10, shipToState t30, shipToPostCode c20";
const dimensions = "shortcutDimension1Code c20, shortcutDimension2Code c20";
const money =
  "currencyId guid, currencyCode c10, paymentTermsId guid, shipmentMethodId guid, salesperson c20, pricesIncludeTax boolean!, discountAmount decimal, discountAppliedBeforeTax boolean!, totalAmountExcludingTax decimal!, totalTaxAmount decimal!, totalAmountIncludingTax decimal!";
const contact = "lastModifiedDateTime datetime!, phoneNumber t30, email t80";

const lineTypes = "lineType o(Comment|Account|Item|Resource|Fixed Asset|Charge)";
const line = `id guid!, documentId guid, sequence int, itemId guid, accountId guid, ${lineTypes}, lineObjectNumber c20, description t100, unitOfMeasureId guid, unitOfMeasureCode c10, quantity decimal, unitPrice decimal, discountAmount decimal, discountPercent decimal, discountAppliedBeforeTax boolean!, amountExcludingTax decimal!, taxCode c20, taxPercent decimal!, totalTaxAmount decimal!, amountIncludingTax decimal!, invoiceDiscountAllocation decimal!, netAmount decimal!, netTaxAmount decimal!, netAmountIncludingTax decimal!, shipmentDate date, itemVariantId guid`;
const lineLinks = { item: { set: "items", from: "itemId" }, account: { set: "accounts", from: "accountId" } };
const customer = { customer: { set: "customers", from: "customerId" } };

/** v2.0 sales documents. Drafts and posted documents of a kind are in one set. */
export const salesDocuments: SetSpec[] = [
  {
    name: "salesOrders",
    type: "salesOrder",
    fields: `id guid!, number c20!, externalDocumentNumber c35, orderDate date, postingDate date, customerId guid, customerNumber c20, customerName t100!, ${billTo}, ${sellTo}, ${shipTo}, ${dimensions}, ${money}, partialShipping boolean, requestedDeliveryDate date, fullyShipped boolean!, status o(Draft|In Review|Open)!, ${contact}`,
    one: customer,
    lines: "salesOrderLines",
    hasWebhooks: true,
  },
  {
    name: "salesOrderLines",
    type: "salesOrderLine",
    fields: `${line}, shippedQuantity decimal!, invoicedQuantity decimal!, invoiceQuantity decimal, shipQuantity decimal, locationId guid`,
    one: lineLinks,
    parent: "salesOrders",
    isPinned: true,
  },
  {
    name: "salesShipments",
    type: "salesShipment",
    fields: `id guid!, number c20!, externalDocumentNumber c35!, invoiceDate date!, postingDate date!, dueDate date!, customerPurchaseOrderReference t35!, customerNumber c20!, customerName t100!, billToName t100!, billToCustomerNumber c20!, ${shipTo}, ${sellTo}, currencyCode c10!, orderNumber c20!, paymentTermsCode c10!, shipmentMethodCode c10!, salesperson c20!, pricesIncludeTax boolean!, ${contact}`,
    one: { customer: { set: "customers", from: "customerNumber", to: "number" } },
    lines: "salesShipmentLines",
  },
  {
    name: "salesShipmentLines",
    type: "salesShipmentLine",
    fields:
      "id guid!, documentId guid!, documentNo c20!, sequence int!, lineType o( |G/L Account|Item|Resource|Fixed Asset|Charge Item)!, lineObjectNumber c20!, description t100!, unitOfMeasureCode c10!, unitPrice decimal!, quantity decimal!, discountPercent decimal!, taxPercent decimal!, shipmentDate date!",
    parent: "salesShipments",
  },
  {
    name: "salesInvoices",
    type: "salesInvoice",
    fields: `id guid!, number c20!, externalDocumentNumber c35, invoiceDate date, postingDate date, dueDate date, customerPurchaseOrderReference t35, customerId guid, customerNumber c20, customerName t100!, ${billTo}, ${shipTo}, ${sellTo}, ${dimensions}, orderId guid!, orderNumber c20!, ${money}, remainingAmount decimal!, status o( |Draft|In Review|Open|Paid|Canceled|Corrective)!, ${contact}`,
    one: customer,
    lines: "salesInvoiceLines",
    hasWebhooks: true,
  },
  {
    name: "salesInvoiceLines",
    type: "salesInvoiceLine",
    fields: `${line}, locationId guid`,
    one: { ...lineLinks, location: { set: "locations", from: "locationId" } },
    parent: "salesInvoices",
    isPinned: true,
  },
  {
    name: "salesCreditMemos",
    type: "salesCreditMemo",
    fields: `id guid!, number c20!, externalDocumentNumber c35, creditMemoDate date, postingDate date, dueDate date, customerId guid, customerNumber c20, customerName t100!, ${billTo}, ${sellTo}, ${dimensions}, ${money}, status o(Draft|In Review|Open|Canceled|Corrective|Paid)!, invoiceId guid, invoiceNumber c20, customerReturnReasonId guid, ${contact}`,
    one: { ...customer, customerReturnReason: { set: "customerReturnReasons", from: "customerReturnReasonId" } },
    lines: "salesCreditMemoLines",
    hasWebhooks: true,
  },
  {
    name: "salesCreditMemoLines",
    type: "salesCreditMemoLine",
    fields: `${line}, locationId guid`,
    one: { ...lineLinks, location: { set: "locations", from: "locationId" } },
    parent: "salesCreditMemos",
    isPinned: true,
  },
];
