import { z } from "zod";

// What EasyPost says, as far as we read it; unknown members are ignored, a missing required one is an error.

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const time = z.iso.datetime({ offset: true });

const rate = z.object({
  id: z.string(),
  carrier: z.string(),
  service: z.string(),
  rate: z.string().regex(/^\d+(\.\d+)?$/),
  currency: z.string(),
});
export type WireRate = z.output<typeof rate>;

export const shipment = z.object({
  id: z.string().regex(/^shp_/),
  reference: text,
  is_return: z.boolean().nullish(),
  created_at: time,
  from_address: z.object({ zip: text }).nullish(),
  parcel: z.object({ weight: z.number() }).nullish(),
  options: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((value) => value ?? {}),
  rates: z
    .array(rate)
    .nullish()
    .transform((value) => value ?? []),
  messages: z.array(z.object({ carrier: text, message: z.unknown() })).nullish(),
  selected_rate: rate.extend({ est_delivery_date: text }).nullish(),
  postage_label: z.object({ label_url: text, label_date: text }).nullish(),
  tracking_code: text,
  tracker: z.object({ status: text, est_delivery_date: text }).nullish(),
  refund_status: text,
});
export type WireShipment = z.output<typeof shipment>;

export const shipments = z.object({ shipments: z.array(shipment), has_more: z.boolean() });

const scan = z.object({
  status: z.string(),
  status_detail: text,
  message: text,
  datetime: time,
  tracking_location: z.object({ city: text }).nullish(),
});
export type WireScan = z.output<typeof scan>;

export const tracker = z.object({
  id: z.string(),
  tracking_code: z.string(),
  carrier: text,
  est_delivery_date: text,
  tracking_details: z
    .array(scan)
    .nullish()
    .transform((value) => value ?? []),
});
export type WireTracker = z.output<typeof tracker>;
export const trackers = z.object({ trackers: z.array(tracker) });

/** Of an event only which parcel it is about is read: it may be late, merged or without its data. */
export const event = z.object({
  id: z.string().min(1),
  object: z.literal("Event"),
  description: z.string(),
  result: z.looseObject({ tracking_code: text }).nullish(),
});

export const refusal = z.object({ error: z.object({ code: z.string(), message: z.unknown() }) });
