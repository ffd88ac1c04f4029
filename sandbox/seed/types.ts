/**
 * The seeded distributor as plain data. Money is a decimal string with two places in the company's currency or, on documents, the document's, a quantity
 * a decimal string in the unit beside it (base unit where it says base), a percent a decimal string, a day YYYY-MM-DD.
 */
export type Day = string;
export type CompanyCode = "US01" | "CA02" | "EU03";
export type SiteCode = "CHI1" | "DAL2" | "TOR3" | "HAM4";

export type Address = {
  line1: string;
  city: string;
  state: string;
  postalCode: string;
  country: string;
};

export type Company = {
  code: CompanyCode;
  name: string;
  currency: "USD" | "CAD" | "EUR";
  timeZone: string;
  address: Address;
  /** Calendar days from ship date to delivery; the only source of a delivery date until carriers are connected (D-26). */
  transitDays: number;
  /** The ERP's "Allow Posting From": earlier days are a closed period. */
  postingAllowedFrom: Day;
};

/** A site has goods and a warehouse system of its own; an area is a location of the ERP only. */
export type Location = {
  company: CompanyCode;
  code: string;
  name: string;
  kind: "SITE" | "QUARANTINE" | "CONSIGNMENT" | "B_GRADE" | "REPAIR" | "TO_VENDOR";
  timeZone: string;
};

/** From a day on, so much of a currency is worth so much of another; `relative` empty is the company's own. */
export type ExchangeRate = {
  company: CompanyCode;
  currency: string;
  from: Day;
  amount: string;
  relative: string;
  relativeAmount: string;
};

export type UnitOfMeasure = { code: string; name: string; decimals: 0 | 3 };
export type TaxCode = { company: CompanyCode; code: string; name: string; percent: string };
export type Named = { code: string; name: string };
export type Supplier = { number: string; name: string; address: Address };

export type Hazard = {
  unNumber: string;
  properShippingName: string;
  hazardClass: string;
  packingGroup: "I" | "II" | "III";
  safetySheet: string;
  doNotShipBack: boolean;
};

export type Item = {
  sku: string;
  name: string;
  category: string;
  baseUnit: string;
  /** Units the item is sold in, the base unit (factor 1) first. Factor: base units in one of this unit. */
  units: { code: string; factor: string }[];
  tracking: "NONE" | "SERIAL" | "LOT";
  prices: Record<CompanyCode, { unitPrice: string; unitCost: string }>;
  weightKg: string;
  hazardous: boolean;
  /** Null on a hazardous item: the data is missing (D-37). */
  hazard: Hazard | null;
  returnable: boolean;
  cutToLength: boolean;
  specialOrder: boolean;
  dropShip: boolean;
  supplierOwned: boolean;
  recalled: boolean;
  /** SKU of the core that is sold with the item as a deposit. */
  coreSku: string | null;
  warrantyMonths: number | null;
  supplierNumber: string;
};

export type Customer = {
  company: CompanyCode;
  number: string;
  name: string;
  contact: string;
  email: string;
  phone: string;
  address: Address;
  tier: "PLATINUM" | "GOLD" | "SILVER" | "BRONZE";
  segment: "OEM" | "MRO" | "CONTRACTOR" | "RESELLER" | "UTILITY";
  blocked: "" | "Ship" | "Invoice" | "All";
  /** 0.00 is unlimited (D-06). */
  creditLimit: string;
  /** What it is billed in. */
  currency: string;
  taxCode: string;
  paymentTermDays: number;
  contract: string | null;
};

export type Channel = "INSIDE" | "SHOP" | "EDI" | "MARKETPLACE" | "PORTAL";

export type OrderLine = {
  /** 10000, 20000 …: the ERP's line number, and the number of the same line on shipments and invoices. */
  sequence: number;
  sku: string;
  description: string;
  unit: string;
  /** Base units in one unit of the line (D-18). */
  factor: string;
  ordered: string;
  shipped: string;
  invoiced: string;
  unitPrice: string;
  discountPercent: string;
  taxCode: string;
  dropShip: boolean;
};

export type Tracking = {
  serialNumber: string | null;
  lotNumber: string | null;
  expiresOn: Day | null;
  quantityBase: string;
};

export type ShipmentLine = {
  sequence: number;
  sku: string;
  unit: string;
  quantity: string;
  quantityBase: string;
  tracking: Tracking[];
};

export type Shipment = {
  number: string;
  /** Empty: drop-shipped by the supplier. */
  locationCode: string;
  shippedOn: Day;
  /** Null: still on the road today. */
  deliveredOn: Day | null;
  shippingAgent: string;
  packageTrackingNumber: string;
  lines: ShipmentLine[];
};

export type InvoiceLine = {
  sequence: number;
  sku: string;
  description: string;
  unit: string;
  quantity: string;
  quantityBase: string;
  unitPrice: string;
  discountPercent: string;
  discountAmount: string;
  /** Quantity × price − line discount. */
  lineAmount: string;
  /** This line's share of the invoice discount. */
  invoiceDiscount: string;
  netAmount: string;
  taxCode: string;
  /** The rate on the day of posting, which may differ from the tax code's of today. */
  taxPercent: string;
  taxAmount: string;
  amountIncludingTax: string;
};

export type Invoice = {
  number: string;
  shipmentNumber: string;
  postedOn: Day;
  dueOn: Day;
  invoiceDiscount: string;
  netAmount: string;
  taxAmount: string;
  total: string;
  /** Total less payments and credits applied. */
  open: string;
  lines: InvoiceLine[];
};

export type Order = {
  company: CompanyCode;
  number: string;
  customerNumber: string;
  /** The customer's purchase order number. */
  customerReference: string;
  channel: Channel;
  orderedOn: Day;
  locationCode: string;
  currency: string;
  shipTo: Address;
  /** True once everything is shipped and invoiced: the ERP has no such order any more (D-04). */
  gone: boolean;
  lines: OrderLine[];
  shipments: Shipment[];
  invoices: Invoice[];
};

/** A memo that people posted in the ERP themselves: it put the goods back (D-02) and counts against returnable (D-14). */
export type CreditMemo = {
  company: CompanyCode;
  number: string;
  externalDocumentNumber: string;
  customerNumber: string;
  invoiceNumber: string;
  postedOn: Day;
  reasonCode: string;
  locationCode: string;
  netAmount: string;
  taxAmount: string;
  total: string;
  /** What of it was not applied to the invoice. */
  onAccount: string;
  lines: InvoiceLine[];
};

export type ItemLedgerEntry = {
  company: CompanyCode;
  entryNumber: number;
  postedOn: Day;
  entryType: "Purchase" | "Sale" | "Positive Adjmt.";
  documentType: "" | "Sales Shipment" | "Sales Credit Memo" | "Purchase Receipt";
  documentNumber: string;
  documentLine: number;
  sku: string;
  locationCode: string;
  /** Base units, signed. */
  quantity: string;
  cost: string;
  sales: string;
  /** Customer of a sale; empty otherwise. */
  sourceNumber: string;
  serialNumber: string | null;
  lotNumber: string | null;
  expiresOn: Day | null;
};

export type CustomerLedgerEntry = {
  company: CompanyCode;
  entryNumber: number;
  postedOn: Day;
  customerNumber: string;
  documentType: "Invoice" | "Payment" | "Credit Memo";
  documentNumber: string;
  /** Of the document and so of the amounts. */
  currency: string;
  /** Signed: an invoice is positive. */
  amount: string;
  remaining: string;
  /** Invoice that a payment or memo is applied to. */
  appliesTo: string | null;
};

/** Stock on hand today, per lot where the item has lots; equals the sum of the item ledger. */
export type Stock = {
  company: CompanyCode;
  locationCode: string;
  /** The warehouse that holds the goods; for an area of the ERP, the site it lies in. */
  site: SiteCode;
  sku: string;
  lotNumber: string | null;
  expiresOn: Day | null;
  /** Base units. */
  quantity: string;
  cost: string;
};

/** What a customer owes today in a currency; equals the sum of the customer ledger. */
export type Receivable = { company: CompanyCode; customerNumber: string; currency: string; balance: string };

export type Distributor = {
  today: Day;
  companies: Company[];
  locations: Location[];
  units: UnitOfMeasure[];
  taxCodes: TaxCode[];
  exchangeRates: ExchangeRate[];
  categories: Named[];
  reasonCodes: Named[];
  accounts: Named[];
  itemCharges: Named[];
  suppliers: Supplier[];
  items: Item[];
  customers: Customer[];
  orders: Order[];
  creditMemos: CreditMemo[];
  itemLedger: ItemLedgerEntry[];
  customerLedger: CustomerLedgerEntry[];
  stock: Stock[];
  receivables: Receivable[];
};
