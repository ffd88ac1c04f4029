import type { Call, Delivery, Health, KeyedDocument, TwoPhase, Verdict } from "../port.ts";

/** Money and quantities are decimal strings; days are `YYYY-MM-DD` at the company; instants RFC 3339 UTC. */

export type Address = {
  name: string | null;
  line1: string;
  line2: string | null;
  city: string;
  region: string | null;
  postalCode: string;
  country: string;
};

/** An order as it can be told from open orders and posted documents together (D-04). */
export type ErpOrder = {
  companyId: string;
  number: string;
  customerNumber: string;
  customerReference: string | null;
  channel: string | null;
  status: "OPEN" | "PARTLY_SHIPPED" | "SHIPPED" | "INVOICED";
  placedOn: string | null;
  currency: string;
  /** Including tax; null when no document states it. */
  total: string | null;
  shippingAddress: Address | null;
  lines: ErpOrderLine[];
  shipments: ErpShipment[];
  invoices: ErpInvoice[];
};

export type ErpOrderLine = {
  /** The line's number in the order (10000, 20000 …); posted lines keep it. */
  sequence: number;
  sku: string;
  description: string | null;
  unit: string;
  ordered: string;
  shipped: string;
  invoiced: string;
  unitPrice: string;
};

export type ErpShipment = {
  companyId: string;
  number: string;
  orderNumber: string;
  customerNumber: string;
  shippedOn: string | null;
  /** Null where the ERP does not know; policy then counts ship day plus transit days (D-26). */
  deliveredOn: string | null;
  carrier: string | null;
  trackingNumber: string | null;
  lines: ErpShipmentLine[];
};
export type ErpShipmentLine = {
  sequence: number;
  orderLine: number;
  sku: string;
  unit: string;
  quantity: string;
  location: string | null;
  tracked: ShippedTracking[];
};
/** Serials and lots that were shipped; from a custom page, empty where the mode has none (D-05). `quantity` in base units. */
export type ShippedTracking = { serialNumber: string | null; lotNumber: string | null; quantity: string };

/** Which order a serial number went out on. */
export type SoldSerial = { sku: string; orderNumber: string };

export type ErpInvoice = {
  companyId: string;
  number: string;
  orderNumber: string | null;
  customerNumber: string;
  status: "OPEN" | "PAID" | "CANCELLED";
  postedOn: string;
  currency: string;
  net: string;
  tax: string;
  total: string;
  /** What is still to be paid. */
  open: string;
  lines: ErpInvoiceLine[];
};

/** The posted line a credit refers to. */
export type ErpInvoiceLine = {
  sequence: number;
  orderLine: number | null;
  /** Our name of the place the goods came from, mapped in systems.yml; null where the ERP or the mapping does not say. */
  location: string | null;
  sku: string;
  unit: string;
  quantity: string;
  /** Base units in one `unit`, as posted (D-18). */
  unitFactor: string;
  baseUnit: string;
  unitPrice: string;
  /** What the line's goods cost the customer without tax, after line discount and its share of the invoice discount (D-07). */
  net: string;
  taxCode: string;
  /** Percent, as "10.25". */
  taxRate: string;
};

export type ErpCustomer = {
  companyId: string;
  number: string;
  name: string;
  email: string | null;
  tier: string | null;
  segment: string | null;
  blocked: "NONE" | "SHIP" | "INVOICE" | "ALL";
  /** "0" is unlimited (D-06). */
  creditLimit: string;
  balance: string;
  currency: string;
};

export type ErpItem = {
  sku: string;
  name: string;
  category: string | null;
  baseUnit: string;
  /** Unit code → base units in one. */
  units: Record<string, string>;
  serialized: boolean;
  lotTracked: boolean;
  hazardous: boolean;
  /** Kilograms of one base unit with its packing; null where the master does not say. */
  weightKg: string | null;
  /** UN number and packing group; null where the master lacks them (D-37). */
  hazard: { unNumber: string; packingGroup: string } | null;
  supplierOwned: boolean;
  returnable: boolean;
  recalled: boolean;
  /** Months from delivery; null where the ERP knows of no warranty. */
  warrantyMonths: number | null;
  /** A supplier takes it back as defective (grade D goes there, else it is scrapped). */
  supplierProgramme: boolean;
  blocked: boolean;
};

/** What one of a currency is worth in the company's own, and since which day. */
export type ErpExchangeRate = { companyId: string; currency: string; validFrom: string; rate: string };

/** What was credited on an invoice line, by us and by others (D-14). `transactionKey` is the memo's external document number. */
export type ErpCredit = {
  companyId: string;
  memoNumber: string;
  transactionKey: string | null;
  status: "DRAFT" | "POSTED";
  invoiceNumber: string | null;
  postedOn: string | null;
  currency: string;
  net: string;
  tax: string;
  total: string;
  lines: { sku: string | null; unit: string | null; quantity: string | null; net: string }[];
};

export type AuthorizationRequest = {
  customerNumber: string;
  orderNumber: string;
  currency: string;
  lines: {
    ref: string;
    sku: string;
    quantity: string;
    unit: string;
    reasonCode: string;
    invoiceNumber: string;
    invoiceLine: number;
  }[];
};

/** What the draft `documentId` is to say from now on, under the key of the amendment. */
export type AmendedAuthorization = AuthorizationRequest & { documentId: string };

export type StockInRequest = {
  customerNumber: string;
  /** The posted authorization's id and, per line, its line id. */
  authorizationId: string;
  /** Our name of the place, mapped in systems.yml: "quarantine" or "consignment" (D-01, D-11). */
  location: string;
  lines: {
    ref: string;
    sku: string;
    quantity: string;
    unit: string;
    authorizationLineId: string;
    reasonCode: string;
    serialNumbers: string[];
    lotNumber: string | null;
  }[];
};

export type AdjustmentRequest = {
  description: string;
  lines: {
    ref: string;
    direction: "IN" | "OUT";
    sku: string;
    quantity: string;
    unit: string;
    location: string;
    reasonCode: string;
    serialNumbers: string[];
    lotNumber: string | null;
  }[];
};

/** What the decision says, and nothing of the day it is sent: drafted at the company's local day, or the next that is open for posting (D-26). */
export type CreditMemoRequest = {
  customerNumber: string;
  invoiceNumber: string;
  currency: string;
  /** The posted return receipt; null in credit-memo-only mode. */
  stockInId: string | null;
  lines: {
    ref: string;
    sku: string;
    quantity: string;
    unit: string;
    stockInLineId: string | null;
    /** Our name of the place that the memo itself brings these goods into (D-02); absent where a stock document did, or where there are no goods. */
    location?: string;
    /** Of one `unit`, before discounts. */
    unitPrice: string;
    /** What this line must come to without tax (D-07, D-20). */
    net: string;
    taxCode: string;
    invoiceLine: number;
  }[];
  fees: {
    ref: string;
    kind: "RESTOCKING" | "RETURN_FREIGHT" | "REPACKING" | "MISSING_PARTS" | "FREIGHT_REFUND";
    amount: string;
  }[];
};

/** Goods that go out in place of others, free of charge: to where the order went that those came back from. */
export type ReplacementOrderRequest = {
  customerNumber: string;
  orderNumber: string;
  currency: string;
  lines: {
    ref: string;
    sku: string;
    quantity: string;
    unit: string;
    /** Our name of the site that ships it, mapped in systems.yml. */
    location: string;
  }[];
};
/** DRAFT while none of it may be shipped; POSTED is an order that the ERP's people ship. */
export type ReplacementOrder = KeyedDocument & { /** Any of it. */ shipped: boolean };

/** Where a posted memo went: applied to invoices, the rest on account (D-25). What the ERP does not tell to have been applied counts as on account. */
export type MemoApplication = { applications: { invoiceNumber: string; amount: string }[]; onAccount: string };

/** A thin notice that records changed; the receiver re-reads (W-20). */
export type ErpNotice = {
  record: "customer" | "item" | "order" | "invoice" | "creditMemo" | "other";
  ids: string[] | "many";
  changed: "CREATED" | "UPDATED" | "DELETED";
  modifiedAt: string | null;
};

/** One company's ERP. Reads take many keys at once and answer only what they found; a missing key is 'no such record', a failure is thrown. */
export type ErpPort = {
  system: string;
  companyId: string;
  mode: "return-order" | "credit-memo-only";
  /** Capability that orders the steps: the memo is made from a posted stock document; else the memo brings the goods in (D-02). */
  stockBeforeCredit: boolean;
  /** Capability: a document of ours moves and scraps stock; else a person does it in the ERP, and it is read back. */
  movesStock: boolean;
  /** How long after `sentAt` a write that was not answered may still happen (W-02), in ms. */
  settleMs: number;
  health(): Health;

  findOrders(numbers: readonly string[], call: Call): Promise<Map<string, ErpOrder>>;
  findInvoices(numbers: readonly string[], call: Call): Promise<Map<string, ErpInvoice>>;
  findShipments(numbers: readonly string[], call: Call): Promise<Map<string, ErpShipment>>;
  findCustomers(numbers: readonly string[], call: Call): Promise<Map<string, ErpCustomer>>;
  findItems(skus: readonly string[], call: Call): Promise<Map<string, ErpItem>>;
  /** The rates in force on a day (`YYYY-MM-DD`); a currency without one is left out, and so is the company's own (D-22). */
  findExchangeRates(currencies: readonly string[], on: string, call: Call): Promise<Map<string, ErpExchangeRate>>;
  /** Where these serial numbers were shipped to a customer, replacements too (D-17); nothing where the mode does not tell (D-05). */
  findSoldSerials(
    customerNumber: string,
    serialNumbers: readonly string[],
    call: Call,
  ): Promise<Map<string, SoldSerial[]>>;
  /** Every memo, draft or posted, ours or a person's, that names one of these invoices. */
  findCreditsOf(invoiceNumbers: readonly string[], call: Call): Promise<Map<string, ErpCredit[]>>;
  /** Posted memos with these keys. */
  findCreditsByKey(keys: readonly string[], call: Call): Promise<Map<string, ErpCredit>>;
  findApplication(memoNumber: string, call: Call): Promise<MemoApplication>;
  /** Item ledger entries of a document number: what the ERP says moved, base units, signed. */
  findStockMoves(
    documentNumbers: readonly string[],
    call: Call,
  ): Promise<Map<string, { sku: string; quantity: string }[]>>;

  /** Return-order mode only; in credit-memo-only mode these throw ProgramBug, and flows skip them by `mode`. */
  authorization: TwoPhase<AuthorizationRequest>;
  /** `draft` changes a draft authorization in place, If-Match, and gives it the key; one that is gone is made anew. The rest is as for any document (D-10). */
  amendment: TwoPhase<AmendedAuthorization>;
  stockIn: TwoPhase<StockInRequest>;
  adjustment: TwoPhase<AdjustmentRequest>;
  creditMemo: TwoPhase<CreditMemoRequest>;
  /** In every mode. Its look-up finds an order that is gone because all of it shipped, too (D-04); `discard` deletes a posted one as well, until any of it has shipped. */
  replacementOrder: TwoPhase<ReplacementOrderRequest, ReplacementOrder>;

  verify(delivery: Delivery): Verdict;
  translate(body: Buffer): ErpNotice[];
  /** Creates or renews the push subscriptions to `url`; answers when the first of them ends. */
  keepSubscribed(url: string, call: Call): Promise<{ expiresAt: string | null }>;
};
