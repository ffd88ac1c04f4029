import { z } from "zod";

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

/** Everything may be missing: which of it is needed is said by the vendor's own error (address.ts). */
export const address = z.object({
  name: text,
  company: text,
  street1: text,
  street2: text,
  city: text,
  state: text,
  zip: text,
  country: text,
  phone: text,
  email: text,
});
export type WireAddress = z.output<typeof address>;

/** Weight in ounces, lengths in inches. */
export const parcel = z.object({
  weight: z.number().positive(),
  length: z.number().positive().nullish(),
  width: z.number().positive().nullish(),
  height: z.number().positive().nullish(),
});

/** Body of `POST /v2/shipments`. */
export const createShipment = z.object({
  shipment: z.object({
    to_address: address,
    from_address: address,
    parcel,
    is_return: z.boolean().default(false),
    reference: text,
    options: z.record(z.string(), z.unknown()).default({}),
  }),
});
export type NewShipment = z.output<typeof createShipment>["shipment"];

export const buyShipment = z.object({ rate: z.object({ id: z.string() }) });
export const batchOfTrackers = z.object({ tracking_codes: z.array(z.string()).max(100) });

export type TrackerStatus =
  | "unknown"
  | "pre_transit"
  | "in_transit"
  | "out_for_delivery"
  | "delivered"
  | "available_for_pickup"
  | "return_to_sender"
  | "failure"
  | "cancelled"
  | "error";
