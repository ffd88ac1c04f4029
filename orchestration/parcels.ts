import { type Fraction, sum } from "#shared/decimal.ts";
import { base } from "./base-quantity.ts";
import type { LabelState, LineState, ParcelEventState, ReturnState } from "./return-state.ts";

// What labels and parcels come to. Fractions are base units.

export type ParcelState = "AT_SENDER" | "IN_TRANSIT" | "DELIVERED" | "LOST" | "SENT_BACK";
export type LabelStatus = "REQUESTED" | "ISSUED" | "IN_USE" | "DELIVERED" | "VOID_REQUESTED" | "VOIDED" | "REFUSED";

const stateAfter: Record<ParcelEventState["code"], ParcelState> = {
  IN_TRANSIT: "IN_TRANSIT",
  OUT_FOR_DELIVERY: "IN_TRANSIT",
  EXCEPTION: "IN_TRANSIT",
  DELIVERED: "DELIVERED",
  LOST: "LOST",
  RETURN_TO_SENDER: "SENT_BACK",
};

/** Where the parcel is by the last event of the carrier's own time, however late it became known. */
export function parcelStateOf({ events }: Pick<LabelState, "events">): ParcelState {
  const last = events.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1);
  return last ? stateAfter[last.code] : "AT_SENDER";
}

/** The label's status as people read it; null where none was needed. */
export function labelStatusOf(label: LabelState): LabelStatus | null {
  if (label.status === "NOT_NEEDED") return null;
  if (label.status !== "ISSUED" || label.events.length === 0) return label.status;
  return parcelStateOf(label) === "DELIVERED" ? "DELIVERED" : "IN_USE";
}

export const labelsOf = (state: ReturnState, line: LineState): LabelState[] =>
  state.labels.filter(({ lines }) => lines.some(({ lineId }) => lineId === line.id));

export const labelById = (state: ReturnState, labelId: string): LabelState | undefined =>
  state.labels.find((label) => label.labelId === labelId);

/** A label that the customer may send the goods with. */
export const hasLabelOut = (state: ReturnState, line: LineState): boolean =>
  labelsOf(state, line).some(({ status, replaced }) => status === "ISSUED" && !replaced);

/** What of a line is in parcels that were picked up, did not go back, and have no receipt (vocabulary section 7). */
export const inTransitOf = (state: ReturnState, line: LineState): Fraction =>
  contentOf(state, line, ["IN_TRANSIT", "DELIVERED", "LOST"]);

/** The part of it that the carrier has lost. */
export const lostOf = (state: ReturnState, line: LineState): Fraction => contentOf(state, line, ["LOST"]);

function contentOf(state: ReturnState, line: LineState, where: readonly ParcelState[]): Fraction {
  const parcels = labelsOf(state, line).filter(
    (label) => where.includes(parcelStateOf(label)) && !hasReceipt(state, label),
  );
  return sum(
    parcels
      .flatMap(({ lines }) => lines)
      .filter(({ lineId }) => lineId === line.id)
      .map(({ quantity }) => base(quantity.base)),
  );
}

/** Nothing was sent with it, as far as anybody knows. */
export const isUnused = (state: ReturnState, label: LabelState): boolean =>
  label.events.length === 0 && !hasReceipt(state, label);

/** Not replaced, and its money not asked for. */
export const standingLabels = ({ labels }: ReturnState): LabelState[] =>
  labels.filter(({ status, replaced }) => !replaced && status !== "VOIDED" && status !== "VOID_REQUESTED");

/** A receipt that names the parcel, or that names none and has goods that it carried. */
export const hasReceipt = ({ receipts }: ReturnState, { issued, lines }: LabelState): boolean =>
  receipts.some(({ trackingNumber, lines: came }) =>
    trackingNumber === null
      ? came.some(({ returnLineId }) => lines.some(({ lineId }) => lineId === returnLineId))
      : trackingNumber === issued?.trackingNumber,
  );
