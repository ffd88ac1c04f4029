import { stamp, type Account } from "./account.ts";
import { vendorId, nextNumber, type TrackerRow } from "./tables.ts";
import { scan, trackerView } from "./trackers.ts";
import type { TrackerStatus } from "./wire.ts";

/** By tracking number, or by the reference of the shipment that its label was bought for. `at`: the carrier's time, now unless given. */
export type Parcel = { trackingCode?: string; reference?: string; at?: string };
type Progress = Parcel & { message?: string; city?: string; detail?: string; status?: TrackerStatus };

/**
 * What carriers do with parcels, each deed whole or not at all. Tests call it in process, anybody else by `POST /_sandbox/<deed>` with
 * the argument as body. A deed that can't be done throws (400 at the control address).
 */
export function createActs(account: Account) {
  const { events } = account;
  const inOne =
    <Order, Result>(deed: (order: Order) => Result) =>
    (order: Order) =>
      account.transaction(() => deed(order));
  return {
    pickUp: inOne((parcel: Parcel) => move(account, parcel, "in_transit", "received_at_origin_facility", "Picked up")),
    progress: inOne(({ status = "in_transit", detail = "arrived_at_facility", message, city, ...parcel }: Progress) =>
      move(account, parcel, status, detail, message ?? "Arrived at facility", city ?? null),
    ),
    deliver: inOne((parcel: Parcel) => move(account, parcel, "delivered", "arrived_at_destination", "Delivered")),
    lose: inOne((parcel: Parcel) => move(account, parcel, "failure", "lost", "The parcel is lost")),
    sendBack: inOne((parcel: Parcel) => move(account, parcel, "return_to_sender", "return", "Returned to sender")),
    /** The carrier's word on a refund that was asked for. */
    settleRefund: inOne(({ rejected = false, ...parcel }: Parcel & { rejected?: boolean }) =>
      settleRefund(account, parcel, rejected),
    ),
    merge: ({ on = true }: { on?: boolean }) => account.transaction(() => events.merge(on)),
    empty: ({ count = 1 }: { count?: number }) => events.empty(count),
    rewrite: ({ on = true }: { on?: boolean }) => events.rewrite(on),
    redeliver: inOne(({ eventId, times = 1 }: { eventId: string; times?: number }) => events.redeliver(eventId, times)),
    /** An event of a parcel that this account never had a label for. */
    tellStranger: inOne(({ trackingCode }: { trackingCode: string }) => ({
      eventId: events.append("tracker.updated", trackerView(stranger(account, trackingCode)), null, null),
    })),
    /** An event with any content. */
    say: inOne(({ description, result }: { description: string; result: unknown }) => ({
      eventId: events.append(description, result, null, null),
    })),
  };
}

function trackerOf({ tables }: Account, { trackingCode, reference }: Parcel): TrackerRow {
  const code =
    trackingCode ??
    tables.shipments.find(({ content, bought }) => content.reference === reference && bought !== null)[0]?.bought
      ?.trackingCode;
  const [tracker] = code === undefined ? [] : tables.trackers.by("trackingCode", code);
  if (!tracker) throw new Error(`there is no parcel ${trackingCode ?? reference ?? ""}`);
  return tracker;
}

function move(
  account: Account,
  parcel: Parcel,
  status: TrackerStatus,
  detail: string,
  message: string,
  city: string | null = null,
) {
  const { tables, now, events } = account;
  const before = trackerOf(account, parcel);
  const at = parcel.at ?? stamp(now());
  const scans = [...before.scans, scan(status, detail, message, at, city)];
  const after = tables.trackers.put({ ...before, scans, updatedAt: now().toISOString() });
  events.tracker("tracker.updated", after, before.scans.at(-1)?.status ?? null);
  return { trackingCode: after.trackingCode, status };
}

function settleRefund(account: Account, parcel: Parcel, rejected: boolean) {
  const { tables, now, events } = account;
  const tracker = trackerOf(account, parcel);
  const shipment = tracker.shipmentId === null ? undefined : tables.shipments.get(tracker.shipmentId);
  if (shipment?.refund?.status !== "submitted") throw new Error(`no refund is asked for ${tracker.trackingCode}`);
  const status = rejected ? ("rejected" as const) : ("refunded" as const);
  tables.shipments.put({ ...shipment, refund: { status, at: stamp(now()) } });
  if (!rejected) move(account, { trackingCode: tracker.trackingCode }, "cancelled", "cancelled", "Label voided");
  const refund = { object: "Refund", tracking_code: tracker.trackingCode, shipment_id: shipment.id, status };
  events.append(rejected ? "refund.failed" : "refund.successful", refund, null, tracker.id);
  return { trackingCode: tracker.trackingCode, status };
}

const stranger = ({ name, tables, now }: Account, trackingCode: string): TrackerRow => ({
  id: vendorId("trk", `${name}/stranger`, nextNumber(tables, "stranger")),
  shipmentId: null,
  trackingCode,
  carrier: "USPS",
  weight: 10,
  createdAt: stamp(now()),
  updatedAt: stamp(now()),
  estimated: null,
  scans: [scan("in_transit", "arrived_at_facility", "Arrived at facility", stamp(now()))],
});
