import { stamp, type Account } from "./account.ts";
import { EasyPostError, notFound } from "./answers.ts";
import { quote } from "./rates.ts";
import { nextNumber, vendorId, type ShipmentRow, type TrackerRow } from "./tables.ts";
import { scan, trackerView } from "./trackers.ts";
import type { NewShipment, WireAddress } from "./wire.ts";

const DAY = 86_400_000;

/** A shipment with its rates: nothing is bought, and as many with one reference as one likes. */
export function create(account: Account, content: NewShipment): ShipmentRow {
  const { tables, name, now, faults } = account;
  for (const [field, one] of [
    ["to_address", content.to_address],
    ["from_address", content.from_address],
  ] as const)
    checkAddress(field, one);
  const number = nextNumber(tables, "shipment");
  const quoted = quote(content, () => vendorId("rate", name, nextNumber(tables, "rate")));
  return tables.shipments.put({
    id: vendorId("shp", name, number),
    number,
    createdAt: stamp(now()),
    content,
    ...quoted,
    bought: null,
    refund: null,
    lag: faults.currentLag(),
  });
}

function checkAddress(field: string, address: WireAddress): void {
  const missing = (["street1", "city", "zip", "country"] as const).filter((part) => !address[part]);
  if (missing.length > 0)
    throw new EasyPostError(
      422,
      missing.includes("country") ? "ADDRESS.COUNTRY.INVALID" : "ADDRESS.PARAMETERS.INVALID",
      "Unable to create shipment, one or more parameters were invalid.",
      missing.map((part) => ({ field: `${field}.${part}`, message: "can't be blank" })),
    );
}

export const shipmentOf = ({ tables }: Account, id: string): ShipmentRow => tables.shipments.get(id) ?? notFound();

/** Buys the label of one rate. A shipment has one postage: a second purchase is refused, whatever the rate. */
export function buy(account: Account, shipment: ShipmentRow, rateId: string): ShipmentRow {
  const { tables, name, now } = account;
  if (shipment.bought)
    throw new EasyPostError(422, "SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment.");
  const rate = shipment.rates.find(({ id }) => id === rateId);
  if (!rate) throw new EasyPostError(422, "SHIPMENT.RATE.INVALID", "The rate is none of this shipment.");
  const number = nextNumber(tables, "label");
  const trackingCode = trackingNumber(rate.carrier, number);
  const at = stamp(now());
  const estimated = stamp(new Date(now().getTime() + rate.delivery_days * DAY));
  const tracker = tables.trackers.put({
    id: vendorId("trk", name, number),
    shipmentId: shipment.id,
    trackingCode,
    carrier: rate.carrier,
    weight: shipment.content.parcel.weight,
    createdAt: at,
    updatedAt: at,
    estimated,
    scans: [scan("pre_transit", "label_created", "Shipping label created", at)],
  } satisfies TrackerRow);
  const labelUrl = `https://easypost-files.example/files/postage_label/${shipment.id}.pdf`;
  const bought = { rate, trackingCode, trackerId: tracker.id, labelUrl, at, estimated };
  account.events.tracker("tracker.created", tracker, null);
  return tables.shipments.put({ ...shipment, bought });
}

/** A carrier's own kind of number. */
function trackingNumber(carrier: string, number: number): string {
  const digits = String(number).padStart(8, "0");
  if (carrier === "USPS") return `94001118992238${digits}`;
  return carrier === "UPSDAP" ? `1Z999AA1${digits}` : `7748${digits}`;
}

/** Asks for the money back: at once no more than `submitted`. A label that was used is not taken back, nor one asked for before. */
export function refund(account: Account, shipment: ShipmentRow): ShipmentRow {
  const { tables, now } = account;
  if (!shipment.bought)
    throw new EasyPostError(422, "SHIPMENT.REFUND.UNAVAILABLE", "There is no postage to refund for this shipment.");
  if (shipment.refund)
    throw new EasyPostError(422, "SHIPMENT.REFUND.EXISTS", "A refund was requested for this shipment before.");
  const used = tables.trackers.get(shipment.bought.trackerId)!.scans.some(({ status }) => status !== "pre_transit");
  if (used) throw new EasyPostError(422, "SHIPMENT.REFUND.UNAVAILABLE", "The label was used: it can't be refunded.");
  return tables.shipments.put({ ...shipment, refund: { status: "submitted", at: stamp(now()) } });
}

export type ListQuery = {
  pageSize: number;
  beforeId: string | null;
  start: string | null;
  purchased: boolean | null;
};

/** Newest first, after `beforeId`. */
export function list(account: Account, { pageSize, beforeId, start, purchased }: ListQuery) {
  const { tables, faults } = account;
  const lag = faults.currentLag();
  const before = beforeId === null ? Infinity : shipmentOf(account, beforeId).number;
  const rows = tables.shipments
    .find((row) => row.number < before && (lag === null || row.lag !== lag))
    .filter(({ createdAt }) => start === null || Date.parse(createdAt) >= Date.parse(start))
    .filter(({ bought }) => purchased === null || purchased === (bought !== null))
    .toSorted((a, b) => b.number - a.number);
  return {
    shipments: rows.slice(0, pageSize).map((row) => shipmentView(account, row)),
    has_more: rows.length > pageSize,
  };
}

const addressView = (address: WireAddress) => ({ object: "Address", mode: "test", ...address });

/** A return's label goes from `to_address` to `from_address`: the vendor swaps what it is given. */
export function shipmentView({ tables }: Account, row: ShipmentRow) {
  const { id, createdAt, content, rates, messages, bought, refund: asked } = row;
  const tracker = bought && tables.trackers.get(bought.trackerId);
  return {
    id,
    object: "Shipment",
    mode: "test",
    created_at: createdAt,
    reference: content.reference,
    is_return: content.is_return,
    status: tracker?.scans.at(-1)?.status ?? "unknown",
    to_address: addressView(content.to_address),
    from_address: addressView(content.from_address),
    parcel: { object: "Parcel", ...content.parcel },
    options: content.options,
    rates: rates.map((rate) => ({ object: "Rate", shipment_id: id, ...rate })),
    messages,
    selected_rate: bought && { object: "Rate", shipment_id: id, ...bought.rate, est_delivery_date: bought.estimated },
    postage_label: bought && {
      object: "PostageLabel",
      label_url: bought.labelUrl,
      label_file_type: "application/pdf",
      label_date: bought.at,
    },
    tracking_code: bought?.trackingCode ?? null,
    tracker: tracker ? trackerView(tracker) : null,
    refund_status: asked?.status ?? null,
  };
}
