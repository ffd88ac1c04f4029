import type { Parcel, ParcelEvent } from "#adapters/carrier/port.ts";
import type { NewFact, ParcelEventCode } from "./facts-vocabulary.ts";
import { parcelStateOf } from "./parcels.ts";
import type { LabelState, ParcelEventState, ReturnState } from "./return-state.ts";
import type { Task } from "./step.ts";

/** What is new of a parcel, in the order of the carrier's times; the same parcel read again says nothing. Pure. */
export function tellParcel(
  state: ReturnState,
  label: LabelState,
  { events, trackingNumber, estimatedDelivery }: Parcel,
): { facts: NewFact[]; tasks: Task[] } {
  const facts: NewFact[] = [];
  let seen = label;
  const tell = ({ at, ...event }: Moved, kind = kindOf(seen, event.code)) => {
    const data = { labelId: label.labelId, trackingNumber, ...event, estimatedDelivery };
    facts.push({ kind, data, occurredAt: at });
    seen = { ...seen, events: [...seen.events, { at, ...event }] };
  };
  for (const event of events) {
    if (!isMove(event) || seen.events.some((known) => isSame(known, event))) continue;
    // However late we hear of it, it was picked up before it could be delivered or lost.
    if (seen.events.length === 0 && ends.has(event.code))
      tell({ ...event, code: "IN_TRANSIT", description: null }, "shipment.picked-up");
    tell(event);
  }
  const isLost = facts.some(({ kind }) => kind === "shipment.lost") && parcelStateOf(seen) === "LOST";
  return { facts: [...facts, ...voided(label, events)], tasks: isLost ? [lost(state, label)] : [] };
}

/** As the carrier tells it: two scans of one second have other words. */
const isSame = (known: ParcelEventState, { code, at, description, place }: ParcelEvent): boolean =>
  known.code === code && known.at === at && known.description === description && known.place === place;

type Moved = ParcelEvent & { code: ParcelEventCode };
const isMove = (event: ParcelEvent): event is Moved => event.code !== "LABEL_ISSUED" && event.code !== "VOIDED";
const ends = new Set<ParcelEventCode>(["DELIVERED", "LOST", "RETURN_TO_SENDER"]);
type ShipmentKind = Extract<NewFact["kind"], `shipment.${string}`>;

/** A milestone is told once: again delivered is some progress, like any other scan. */
function kindOf(label: LabelState, code: ParcelEventCode): ShipmentKind {
  if (label.events.length === 0) return "shipment.picked-up";
  const known = label.events.some((event) => event.code === code);
  if (code === "DELIVERED" && !known) return "shipment.delivered";
  if (code === "LOST" && !known) return "shipment.lost";
  return code === "RETURN_TO_SENDER" && !known ? "shipment.sent-back" : "shipment.progressed";
}

/** The carrier's word on a label that it takes back. */
const voided = ({ labelId, status }: LabelState, events: readonly ParcelEvent[]): NewFact[] =>
  (status === "ISSUED" || status === "VOID_REQUESTED") && events.some(({ code }) => code === "VOIDED")
    ? [{ kind: "label.voided", data: { labelId, state: "VOIDED" } }]
    : [];

const lost = ({ rmaNumber }: ReturnState, { labelId, issued }: LabelState): Task => ({
  code: "LOST_IN_TRANSIT",
  summary: `${issued!.carrier} has lost parcel ${issued!.trackingNumber} of ${rmaNumber}.`,
  system: issued!.system,
  cause: `lost:${labelId}`,
});
