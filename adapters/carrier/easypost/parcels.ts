import { ProgramBug } from "#shared/errors.ts";
import type { Call } from "../../port.ts";
import type { CarrierNotice, Parcel, ParcelCode, ParcelEvent } from "../port.ts";
import type { Client } from "./client.ts";
import { event, trackers, type WireScan, type WireTracker } from "./wire.ts";

/** The most numbers that one request takes. */
const batch = 100;

export async function findParcels(
  client: Client,
  trackingNumbers: readonly string[],
  call: Call,
): Promise<Map<string, Parcel>> {
  const wanted = [...new Set(trackingNumbers)];
  const batches = Array.from({ length: Math.ceil(wanted.length / batch) }, (_, i) =>
    wanted.slice(i * batch, (i + 1) * batch),
  );
  const answers = await Promise.all(
    batches.map((tracking_codes) =>
      client.ask(
        { deed: "find-parcels", method: "POST", path: "/trackers/batch", body: { tracking_codes }, write: false },
        trackers,
        call,
      ),
    ),
  );
  const rows = answers.flatMap((answer) => (typeof answer === "string" ? [] : answer.trackers));
  return new Map(
    rows.filter(({ tracking_code }) => wanted.includes(tracking_code)).map((row) => [row.tracking_code, parcelOf(row)]),
  );
}

const codes: Record<string, ParcelCode> = {
  unknown: "LABEL_ISSUED",
  pre_transit: "LABEL_ISSUED",
  in_transit: "IN_TRANSIT",
  available_for_pickup: "IN_TRANSIT",
  out_for_delivery: "OUT_FOR_DELIVERY",
  delivered: "DELIVERED",
  return_to_sender: "RETURN_TO_SENDER",
  failure: "EXCEPTION",
  error: "EXCEPTION",
  cancelled: "VOIDED",
};

/** A status that is not known yet is some progress, never a loss. */
const codeOf = ({ status, status_detail }: WireScan): ParcelCode =>
  status_detail === "lost" ? "LOST" : (codes[status] ?? "IN_TRANSIT");

function parcelOf({ tracking_code, carrier, est_delivery_date, tracking_details }: WireTracker): Parcel {
  const events = tracking_details.map((scan): ParcelEvent => ({
    code: codeOf(scan),
    at: new Date(scan.datetime).toISOString(),
    description: scan.message,
    place: scan.tracking_location?.city ?? null,
  }));
  const byTime = events.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return {
    trackingNumber: tracking_code,
    carrier: carrier ?? "",
    estimatedDelivery: est_delivery_date,
    events: byTime.filter((one, i) => !byTime.slice(0, i).some((other) => isSame(other, one))),
  };
}

/** Times are to the second: two scans of one second are told apart by their words. */
const isSame = (a: ParcelEvent, b: ParcelEvent): boolean =>
  a.code === b.code && a.at === b.at && a.description === b.description && a.place === b.place;

export function translate(system: string, body: Buffer): CarrierNotice {
  const text = body.toString("utf8");
  try {
    const { id, result } = event.parse(JSON.parse(text));
    return { eventId: id, trackingNumber: result?.tracking_code ?? null };
  } catch (cause) {
    throw new ProgramBug({ system, code: "BAD_DOCUMENT", vendorText: text.slice(0, 2_000), cause });
  }
}
