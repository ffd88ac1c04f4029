import { createHash } from "node:crypto";
import type { Row, Store } from "../store.ts";
import type { NewShipment, TrackerStatus } from "./wire.ts";

/** Money is a decimal string in dollars, as the vendor writes it. */
export type Rate = {
  id: string;
  carrier: string;
  service: string;
  rate: string;
  currency: string;
  delivery_days: number;
};

/** Id: the vendor's `shp_…`. Bought once it has a label. */
export type ShipmentRow = Row & {
  /** Rises with each shipment: the order of the list. */
  number: number;
  createdAt: string;
  content: NewShipment;
  rates: Rate[];
  messages: { carrier: string; type: string; message: string }[];
  bought: {
    rate: Rate;
    trackingCode: string;
    trackerId: string;
    labelUrl: string;
    at: string;
    estimated: string;
  } | null;
  refund: { status: "submitted" | "refunded" | "rejected"; at: string } | null;
  /** The look-up lag during which it was made: lists don't show it while that lasts. */
  lag: number | null;
};

export type Scan = {
  status: TrackerStatus;
  status_detail: string;
  message: string;
  datetime: string;
  city: string | null;
};

/** Id: the vendor's `trk_…`. */
export type TrackerRow = Row & {
  shipmentId: string | null;
  trackingCode: string;
  carrier: string;
  weight: number;
  createdAt: string;
  updatedAt: string;
  estimated: string | null;
  scans: Scan[];
};

export type EventRow = Row & { number: number; description: string; body: string; trackerId: string | null };
export type CounterRow = Row & { value: number };

export function openTables(store: Store) {
  return {
    shipments: store.table<ShipmentRow>("shipments"),
    trackers: store.table<TrackerRow>("trackers", ["trackingCode", "shipmentId"]),
    events: store.table<EventRow>("events"),
    counters: store.table<CounterRow>("counters"),
  };
}
export type Tables = ReturnType<typeof openTables>;

/** The next number of a kind, from 1. */
export function nextNumber({ counters }: Tables, kind: string): number {
  const value = (counters.get(kind)?.value ?? 0) + 1;
  counters.put({ id: kind, value });
  return value;
}

/** An id as the vendor's look: prefix and 32 hex digits, the same for the same server and number. */
export const vendorId = (prefix: string, server: string, number: number): string =>
  `${prefix}_${createHash("sha256").update(`${server}/${prefix}/${number}`).digest("hex").slice(0, 32)}`;
