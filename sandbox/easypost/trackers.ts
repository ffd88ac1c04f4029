import type { Account } from "./account.ts";
import type { Scan, TrackerRow } from "./tables.ts";
import type { TrackerStatus } from "./wire.ts";

export const scan = (
  status: TrackerStatus,
  detail: string,
  message: string,
  datetime: string,
  city: string | null = null,
): Scan => ({ status, status_detail: detail, message, datetime, city });

/** As the vendor shows it: the last scan by the carrier's time says how it stands. */
export function trackerView({
  id,
  trackingCode,
  carrier,
  weight,
  createdAt,
  updatedAt,
  estimated,
  ...row
}: TrackerRow) {
  const scans = row.scans.toSorted((a, b) => Date.parse(a.datetime) - Date.parse(b.datetime));
  return {
    id,
    object: "Tracker",
    mode: "test",
    tracking_code: trackingCode,
    carrier,
    status: scans.at(-1)?.status ?? "unknown",
    status_detail: scans.at(-1)?.status_detail ?? "unknown",
    shipment_id: row.shipmentId,
    weight,
    est_delivery_date: estimated,
    created_at: createdAt,
    updated_at: updatedAt,
    tracking_details: scans.map(({ city, ...each }) => ({
      object: "TrackingDetail",
      ...each,
      source: carrier,
      tracking_location: { object: "TrackingLocation", city, state: null, country: null, zip: null },
    })),
  };
}

/** Those that are known, in the order asked for; an unknown number is left out. */
export const batch = ({ tables }: Account, codes: readonly string[]) => ({
  trackers: codes.flatMap((code) => tables.trackers.by("trackingCode", code)).map(trackerView),
  has_more: false,
});
