import type { Channel, CompanyCode } from "./types.ts";

/** What a story or the generator says about an order; `build-order.ts` makes documents of it. Days count back from today. */
export type OrderPlan = {
  company: CompanyCode;
  number: string;
  customer: string;
  /** The customer's unless given. */
  currency?: string;
  channel?: Channel;
  location: string;
  lines: LinePlan[];
  /** Parcels in the order they left; nothing left yet: the order is open. */
  parcels: ParcelPlan[];
  /** Only used where nothing was shipped; else the order came in three days before the first parcel left. */
  orderedDaysAgo?: number;
};

export type LinePlan = {
  sku: string;
  quantity: string;
  /** Base unit of the item unless given. */
  unit?: string;
  /** List price of the company unless given. */
  unitPrice?: string;
  discountPercent?: number;
  /** The customer's tax code unless given. */
  taxCode?: string;
  /** The rate of the day of posting, where it was not today's. */
  taxPercent?: string;
};

export type ParcelPlan = {
  deliveredDaysAgo: number;
  /** Line index to quantity; all that is left on every line unless given. */
  lines?: { line: number; quantity: string; tracking?: TrackingPlan[] }[];
  /** False: shipped, not invoiced yet. */
  invoiced?: boolean;
  paid?: "IN_FULL" | "HALF";
  /** In the invoice's currency. */
  invoiceDiscount?: string;
};

export type TrackingPlan = { serialNumber?: string; lotNumber?: string; expiresInDays?: number; quantityBase: string };

/** A credit memo that somebody posts in the ERP for a quantity of one line of the first invoice. */
export type MemoPlan = {
  company: CompanyCode;
  order: string;
  line: number;
  quantity: string;
  daysAgo: number;
  reasonCode: string;
};
