import type { Call, Delivery, Health, KeyedDocument, TwoPhase, Verdict } from "../port.ts";

/** Where a parcel comes from or goes to. Personal data: it stands in no fact and no intent. */
export type PostalAddress = {
  name: string | null;
  line1: string;
  line2: string | null;
  city: string;
  region: string | null;
  postalCode: string;
  /** ISO 3166, two letters; empty where the ERP has none: refused before any call. */
  country: string;
};

/** A label for goods that come back: the customer hands the parcel in, we pay. */
export type LabelRequest = {
  rmaNumber: string;
  /** Null where nobody knows it: refused before any call (ADDRESS_INCOMPLETE). Only `draft` looks at it. */
  from: PostalAddress | null;
  to: PostalAddress;
  /** Kilograms, a decimal string above 0. */
  weightKg: string;
};

export type Label = {
  carrier: string;
  service: string;
  trackingNumber: string;
  /** Of the printable label. */
  url: string;
  estimatedDelivery: string | null;
  cost: { amount: string; currency: string };
};

/** DRAFT: quoted, nothing bought. POSTED: bought, with its label. */
export type LabelDocument = KeyedDocument & { label: Label | null };

export type ParcelCode =
  | "LABEL_ISSUED"
  | "IN_TRANSIT"
  | "OUT_FOR_DELIVERY"
  | "DELIVERED"
  | "EXCEPTION"
  | "RETURN_TO_SENDER"
  | "LOST"
  | "VOIDED";
export type ParcelEvent = {
  code: ParcelCode;
  /** The carrier's time, RFC 3339. */
  at: string;
  description: string | null;
  place: string | null;
};
export type Parcel = {
  trackingNumber: string;
  carrier: string;
  estimatedDelivery: string | null;
  /** In the order of the carrier's times, each once. */
  events: ParcelEvent[];
};

/** A thin event: which parcel to read again (W-20); null where the event does not say, so that all open ones are. */
export type CarrierNotice = { eventId: string; trackingNumber: string | null };

/** A carrier, or who buys at many of them. */
export type CarrierPort = {
  system: string;
  companies: readonly string[];
  /** How long after sending a write without an answer may still happen (W-02). */
  settleMs: number;
  health(): Health;
  /** Created with our key as its reference, bought by id: one id is bought once (W-01). A draft costs nothing and can't be deleted: discarding it does nothing. */
  labels: TwoPhase<LabelRequest, LabelDocument>;
  /** Asks for the money of a label that was not used; idempotent. VOID_REQUESTED is no promise. */
  voidLabel(id: string, call: Call): Promise<{ state: "VOIDED" | "VOID_REQUESTED" | "IN_USE" }>;
  /** Many at once; a number that the carrier does not know is not in the answer. */
  findParcels(trackingNumbers: readonly string[], call: Call): Promise<Map<string, Parcel>>;
  verify(delivery: Delivery): Verdict;
  /** Throws ProgramBug where the body is no event of this vendor. */
  translate(body: Buffer): CarrierNotice;
};
