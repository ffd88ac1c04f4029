import type { Fact } from "./facts-vocabulary.ts";
import { changeOne, confirmed, withSystem, type HandlersOf } from "./fold-handlers.ts";
import type { ReplacementState, ReturnState } from "./return-state.ts";

// Other goods in place of those that come back.

export const foldReplacements: HandlersOf<
  "replacement.requested" | "replacement.ordered" | "replacement.shipped" | "replacement.cancelled"
> = {
  "replacement.requested": (state, data, fact) => ({
    ...state,
    replacements: [
      ...state.replacements,
      {
        ...data,
        version: fact.version,
        status: "REQUESTED",
        requestedBy: fact.actor,
        requestedAt: fact.occurredAt,
        order: null,
        orderedAt: null,
        shippedAt: null,
        shipments: [],
      },
    ],
  }),
  "replacement.ordered": (state, { replacementId, transactionKey, documentId, orderNumber, lines }, fact) =>
    change(
      confirmed(state, transactionKey, orderNumber, fact),
      replacementId,
      () => ({
        status: "ORDERED",
        order: { transactionKey, documentId, number: orderNumber },
        orderedAt: fact.occurredAt,
        lines,
      }),
      fact,
    ),
  "replacement.shipped": (state, { replacementId, shipments }, fact) =>
    change(state, replacementId, () => ({ status: "SHIPPED", shippedAt: fact.occurredAt, shipments }), fact),
  "replacement.cancelled": (state, { replacementId }, fact) => {
    const cancelled = change(state, replacementId, () => ({ status: "CANCELLED" }), fact);
    const order = state.replacements.find((one) => one.replacementId === replacementId)?.order;
    return order ? withSystem(cancelled, order.transactionKey, { syncStatus: "COMPENSATED" }) : cancelled;
  },
};

const change = (
  state: ReturnState,
  id: string,
  to: (one: ReplacementState) => Partial<ReplacementState>,
  fact: Fact,
): ReturnState => ({
  ...state,
  replacements: changeOne(state.replacements, (one) => one.replacementId === id, to, fact, `replacement ${id}`),
});
