import { z } from "zod";
import { Fraction, toFixed, toPlain } from "#shared/decimal.ts";
import type { Set } from "./client.ts";
import { decodeOption } from "./odata.ts";

// What Business Central answers, as far as we read it; unknown members are ignored.

const number = z
  .union([z.number(), z.string()])
  .transform((value) => new Fraction(/e/i.test(String(value)) ? Number(value).toFixed(10) : String(value)));
/** A quantity: as many decimals as the ERP keeps. */
const decimal = number.transform((value) => toPlain(value, 5));
/** At least cents, and what the ERP keeps beyond them. */
const price = number.transform((value) =>
  toPlain(value, 5)
    .replace(/^(-?\d+)$/, "$1.00")
    .replace(/(\.\d)$/, "$10"),
);
const money = number.transform((value) => toFixed(value, 2));
const code = z.string().default("");
const option = z.string().transform(decodeOption);
/** The ERP's blank day is the first of all days. */
const day = z.string().transform((value) => (value === "" || value.startsWith("0001-01-01") ? null : value));
const guid = z.string();
const etag = { "@odata.etag": z.string() };

const shipTo = {
  shipToName: code,
  shipToAddressLine1: code,
  shipToAddressLine2: code,
  shipToCity: code,
  shipToState: code,
  shipToPostCode: code,
  shipToCountry: code,
};

const orderLine = z.object({
  sequence: z.int(),
  lineType: option,
  lineObjectNumber: code,
  description: code,
  unitOfMeasureCode: code,
  quantity: decimal,
  shippedQuantity: decimal,
  invoicedQuantity: decimal,
  unitPrice: price,
});
const order = z.object({
  id: guid,
  number: code,
  externalDocumentNumber: code,
  orderDate: day,
  customerNumber: code,
  shortcutDimension1Code: code,
  shortcutDimension2Code: code,
  currencyCode: code,
  totalAmountIncludingTax: money,
  ...shipTo,
  salesOrderLines: z.array(orderLine),
});
export type WireOrder = z.output<typeof order>;
export const orders: Set<WireOrder> = { root: "v2.0", name: "salesOrders", schema: order };

/** An order that we write: with what has to be known to change it. */
const writtenLine = z.object({
  ...etag,
  id: guid,
  lineObjectNumber: code,
  unitOfMeasureCode: code,
  quantity: decimal,
  unitPrice: price,
  shippedQuantity: decimal,
  shipQuantity: decimal,
});
export const orderLines: Set<z.output<typeof writtenLine>> = {
  root: "v2.0",
  name: "salesOrderLines",
  schema: writtenLine,
};
const writtenOrder = z.object({
  ...etag,
  id: guid,
  number: code,
  externalDocumentNumber: code,
  orderDate: day,
  customerNumber: code,
  salesOrderLines: z.array(writtenLine).default([]),
});
export type WireReplacementOrder = z.output<typeof writtenOrder>;
export const replacementOrders: Set<WireReplacementOrder> = {
  root: "v2.0",
  name: "salesOrders",
  schema: writtenOrder,
};

const shipmentLine = z.object({
  sequence: z.int(),
  lineType: option,
  lineObjectNumber: code,
  description: code,
  unitOfMeasureCode: code,
  quantity: decimal,
  unitPrice: price,
});
const shipment = z.object({
  id: guid,
  number: code,
  externalDocumentNumber: code,
  postingDate: day,
  customerNumber: code,
  currencyCode: code,
  orderNumber: code,
  ...shipTo,
  salesShipmentLines: z.array(shipmentLine),
});
export type WireShipment = z.output<typeof shipment>;
export const shipments: Set<WireShipment> = { root: "v2.0", name: "salesShipments", schema: shipment };

const invoiceLine = z.object({
  sequence: z.int(),
  lineType: option,
  lineObjectNumber: code,
  description: code,
  unitOfMeasureCode: code,
  quantity: decimal,
  unitPrice: price,
  netAmount: money,
  taxCode: code,
  taxPercent: decimal,
  location: z.object({ code }).nullish(),
});
const invoice = z.object({
  id: guid,
  number: code,
  externalDocumentNumber: code,
  postingDate: day,
  customerNumber: code,
  shortcutDimension1Code: code,
  shortcutDimension2Code: code,
  orderNumber: code,
  currencyCode: code,
  totalAmountExcludingTax: money,
  totalTaxAmount: money,
  totalAmountIncludingTax: money,
  remainingAmount: money,
  status: option,
  ...shipTo,
  salesInvoiceLines: z.array(invoiceLine),
});
export type WireInvoice = z.output<typeof invoice>;
export const invoices: Set<WireInvoice> = { root: "v2.0", name: "salesInvoices", schema: invoice };

const memoLine = z.object({
  ...etag,
  id: guid,
  sequence: z.int(),
  lineType: option,
  lineObjectNumber: code,
  unitOfMeasureCode: code,
  quantity: decimal,
  unitPrice: price,
  discountAmount: money,
  netAmount: money,
  netTaxAmount: money,
  taxCode: code,
  locationId: code,
});
export type WireMemoLine = z.output<typeof memoLine>;
export const memoLines: Set<WireMemoLine> = { root: "v2.0", name: "salesCreditMemoLines", schema: memoLine };
const memo = z.object({
  ...etag,
  id: guid,
  number: code,
  externalDocumentNumber: code,
  postingDate: day,
  customerNumber: code,
  currencyCode: code,
  invoiceNumber: code,
  status: option,
  totalAmountExcludingTax: money,
  totalTaxAmount: money,
  totalAmountIncludingTax: money,
  salesCreditMemoLines: z.array(memoLine).default([]),
});
export type WireMemo = z.output<typeof memo>;
export const memos: Set<WireMemo> = { root: "v2.0", name: "salesCreditMemos", schema: memo };
export const createdMemo = z.object({ creditMemoId: guid });

const application = z.object({ creditMemoNumber: code, invoiceNumber: code, amount: money });
export const applications: Set<z.output<typeof application>> = {
  root: "custom",
  name: "creditMemoApplications",
  schema: application,
};

const location = z.object({ id: guid, code });
export const locations: Set<z.output<typeof location>> = { root: "v2.0", name: "locations", schema: location };

const dimension = z.object({ dimensionCode: code, dimensionValueCode: code });
const customer = z.object({
  id: guid,
  number: code,
  displayName: code,
  email: code,
  creditLimit: money,
  balanceDue: money,
  currencyCode: code,
  blocked: option,
  defaultDimensions: z.array(dimension).default([]),
});
export type WireCustomer = z.output<typeof customer>;
export const customers: Set<WireCustomer> = { root: "v2.0", name: "customers", schema: customer };

const item = z.object({
  number: code,
  displayName: code,
  itemCategoryCode: code,
  blocked: z.boolean(),
  baseUnitOfMeasureCode: code,
});
export type WireItem = z.output<typeof item>;
export const items: Set<WireItem> = { root: "v2.0", name: "items", schema: item };
const unit = z.object({ itemNumber: code, code, qtyPerUnitOfMeasure: decimal });
export const itemUnits: Set<z.output<typeof unit>> = { root: "custom", name: "itemUnitsOfMeasure", schema: unit };
const tracking = z.object({
  itemNumber: code,
  serialRequired: z.boolean(),
  lotRequired: z.boolean(),
  hazardous: z.boolean(),
  unNumber: code,
  packingGroup: code,
  grossWeight: decimal.default("0"),
  returnable: z.boolean().default(true),
  supplierOwned: z.boolean().default(false),
  recalled: z.boolean().default(false),
  warrantyMonths: z.int().default(0),
});
export const itemTrackings: Set<z.output<typeof tracking>> = {
  root: "custom",
  name: "itemTrackings",
  schema: tracking,
};
const shippedTracking = z.object({
  shipmentNumber: code,
  shipmentLineSequence: z.int(),
  orderNumber: code,
  customerNumber: code,
  itemNumber: code,
  serialNumber: code,
  lotNumber: code,
  quantityBase: decimal,
});
export type WireShippedTracking = z.output<typeof shippedTracking>;
export const shippedTrackings: Set<WireShippedTracking> = {
  root: "custom",
  name: "shippedItemTrackings",
  schema: shippedTracking,
};

const entry = z.object({ documentNumber: code, itemNumber: code, quantity: decimal });
export const ledgerEntries: Set<z.output<typeof entry>> = { root: "v2.0", name: "itemLedgerEntries", schema: entry };
const setup = z.object({ allowPostingFrom: day, allowPostingTo: day });
export const ledgerSetup: Set<z.output<typeof setup>> = { root: "v2.0", name: "generalLedgerSetup", schema: setup };

const exchangeRate = z.object({
  currencyCode: code,
  startingDate: day,
  exchangeRateAmount: number,
  relationalCurrencyCode: code,
  relationalExchangeRateAmount: number,
});
export type WireExchangeRate = z.output<typeof exchangeRate>;
export const exchangeRates: Set<WireExchangeRate> = {
  root: "v2.0",
  name: "currencyExchangeRates",
  schema: exchangeRate,
};

/** The head of every document of ours. */
const head = { ...etag, id: guid, number: code, externalDocumentNumber: code, status: option, postingDate: day };
const stockLine = {
  id: guid,
  sequence: z.int(),
  itemNumber: code,
  quantity: decimal,
  unitOfMeasureCode: code,
  serialNumber: code,
  lotNumber: code,
  locationCode: code,
};

const returnOrderLine = z.object({
  ...etag,
  ...stockLine,
  appliesFromInvoiceNumber: code,
  appliesFromLineSequence: z.int(),
  returnReasonCode: code,
  amountExcludingTax: money,
  totalTaxAmount: money,
});
export type WireReturnOrderLine = z.output<typeof returnOrderLine>;
export const returnOrderLines: Set<WireReturnOrderLine> = {
  root: "custom",
  name: "returnOrderLines",
  schema: returnOrderLine,
};

const returnOrder = z.object({
  ...head,
  customerNumber: code,
  currencyCode: code,
  originalOrderNumber: code,
  totalAmountExcludingTax: money,
  totalTaxAmount: money,
  totalAmountIncludingTax: money,
  returnOrderLines: z.array(returnOrderLine).default([]),
});
export type WireReturnOrder = z.output<typeof returnOrder>;
export const returnOrders: Set<WireReturnOrder> = { root: "custom", name: "returnOrders", schema: returnOrder };

const receiptLine = z.object({
  ...stockLine,
  returnOrderLineId: guid,
  returnReasonCode: code,
  quantityCredited: decimal,
});
export type WireReceiptLine = z.output<typeof receiptLine>;
const returnReceipt = z.object({
  ...head,
  returnOrderId: guid,
  customerNumber: code,
  locationCode: code,
  returnReceiptLines: z.array(receiptLine).default([]),
});
export type WireReturnReceipt = z.output<typeof returnReceipt>;
export const returnReceipts: Set<WireReturnReceipt> = { root: "custom", name: "returnReceipts", schema: returnReceipt };

const adjustment = z.object({
  ...head,
  description: code,
  inventoryAdjustmentLines: z.array(z.object({ ...stockLine, entryType: option, reasonCode: code })).default([]),
});
export type WireAdjustment = z.output<typeof adjustment>;
export const inventoryAdjustments: Set<WireAdjustment> = {
  root: "custom",
  name: "inventoryAdjustments",
  schema: adjustment,
};

/** An empty text of the wire is our null. */
export const orNull = (value: string): string | null => (value === "" ? null : value);

/** In v2.0 `Open`, `Paid` … are what a posted document is in. */
export const isPosted = (status: string): boolean => status !== "Draft" && status !== "In Review";
