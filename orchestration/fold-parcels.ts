import type { Fact, FactData, ParcelData } from "./facts-vocabulary.ts";
import { changeOne, confirmed, withSystem, type HandlersOf } from "./fold-handlers.ts";
import type { LabelState, ReturnState } from "./return-state.ts";

// Labels and the parcels that travel with them.

export const foldParcels: HandlersOf<
  | "label.chosen"
  | "label.issued"
  | "label.refused"
  | "label.voided"
  | "shipment.picked-up"
  | "shipment.progressed"
  | "shipment.delivered"
  | "shipment.lost"
  | "shipment.sent-back"
> = {
  "label.chosen": (state, data, fact) => ({
    ...state,
    labels: [
      ...state.labels.map((label) =>
        data.replaces?.includes(label.labelId) ? { ...label, replaced: true as const } : label,
      ),
      chosen(data, fact),
    ],
  }),

  "label.issued": (state, { labelId, ...issued }, fact) => ({
    ...confirmed(state, issued.transactionKey, issued.trackingNumber, fact),
    labels: changeLabel(
      state,
      labelId,
      () => ({
        status: "ISSUED",
        issued,
        issuedAt: fact.occurredAt,
        estimatedDelivery: issued.estimatedDelivery,
      }),
      fact,
    ),
  }),

  "label.refused": (state, { labelId }, fact) => ({
    ...state,
    labels: changeLabel(state, labelId, () => ({ status: "REFUSED" }), fact),
  }),

  "label.voided": (state, { labelId, state: answer }, fact) => {
    const key = state.labels.find((label) => label.labelId === labelId)?.issued?.transactionKey;
    const told = key && answer === "VOIDED" ? withSystem(state, key, { syncStatus: "COMPENSATED" }) : state;
    return { ...told, labels: changeLabel(state, labelId, () => ({ status: answer }), fact) };
  },

  "shipment.picked-up": move,
  "shipment.progressed": move,
  "shipment.delivered": move,
  "shipment.lost": move,
  "shipment.sent-back": move,
};

const chosen = (data: FactData["label.chosen"], { version }: Fact): LabelState => {
  const { labelId, kind, ruleId, weightKg, lines, addressId } = data;
  return {
    ...{ labelId, kind, ruleId, weightKg, lines, version },
    ...(addressId && { addressId }),
    status: kind === "NONE" ? "NOT_NEEDED" : "REQUESTED",
    issued: null,
    issuedAt: null,
    estimatedDelivery: null,
    events: [],
  };
};

function move(state: ReturnState, data: ParcelData, fact: Fact): ReturnState {
  const { labelId, code, description, place, estimatedDelivery } = data;
  const event = { code, at: fact.occurredAt, description, place };
  return {
    ...state,
    labels: changeLabel(
      state,
      labelId,
      (label) => ({
        events: [...label.events, event],
        estimatedDelivery: estimatedDelivery ?? label.estimatedDelivery,
      }),
      fact,
    ),
  };
}

const changeLabel = (
  state: ReturnState,
  labelId: string,
  change: (label: LabelState) => Partial<LabelState>,
  fact: Fact,
): LabelState[] => changeOne(state.labels, (label) => label.labelId === labelId, change, fact, `label ${labelId}`);
