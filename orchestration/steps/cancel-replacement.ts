import type { ReplacementOrder, ReplacementOrderRequest } from "#adapters/erp/port.ts";
import type { TwoPhase } from "#adapters/port.ts";
import type { ReplacementState, ReturnState } from "../return-state.ts";
import type { DocumentStep } from "../step.ts";
import { isLeftToPeople } from "../undo-refused.ts";

/** V-U: who cancels the return wants nothing sent any more; what came for it is credited instead (W-07). */
export const cancelReplacement: DocumentStep<{ replacementId: string }, ReplacementOrder> = {
  kind: "effect",
  protocol: "discard",
  name: "cancel-replacement",
  system: "erp",
  deed: "cancel replacement order",
  guard: (state) => {
    if (!state.cancelRequested) return { skip: "it expired: what was accepted goes on" };
    if (!ordered(state)) return { skip: "none waits to be shipped" };
    return isLeftToPeople(state, "cancel-replacement") ? { skip: "it has shipped, and a person saw to it" } : "go";
  },
  port: (state, run) => untilShipped(run.systems.erpOf(state.companyId).replacementOrder),
  intent: (state) => {
    const { order, replacementId } = ordered(state)!;
    return { key: order!.transactionKey, request: { replacementId } };
  },
  refused: (code, state) => ({
    code: "UNDO_REFUSED",
    summary: `The ERP refused to cancel replacement order ${ordered(state)?.order?.number} of ${state.rmaNumber} (${code}).`,
  }),
  facts: (_state, _document, _run, { request: { replacementId } }) => [
    { kind: "replacement.cancelled", data: { replacementId, reason: "The return was cancelled." } },
  ],
};

const ordered = ({ replacements }: ReturnState): ReplacementState | undefined =>
  replacements.find(({ status }) => status === "ORDERED");

/** The order as one that can still be taken back, whatever its content, until any of it has shipped. */
function untilShipped(
  orders: TwoPhase<ReplacementOrderRequest, ReplacementOrder>,
): TwoPhase<{ replacementId: string }, ReplacementOrder> {
  const { lookUp, read, draft, ...byId } = orders;
  return {
    ...byId,
    draft: (key, _, call) => draft(key, anything, call),
    read: (id, _, call) => read(id, anything, call),
    lookUp: async (key, _, call) => {
      const seen = await lookUp(key, anything, call);
      if (seen.answer !== "found") return seen;
      const all = [...seen.posted, ...seen.drafts];
      return {
        answer: "found",
        posted: all.filter(({ shipped }) => shipped),
        drafts: all.filter(({ shipped }) => !shipped),
      };
    },
  };
}

const anything: ReplacementOrderRequest = { customerNumber: "", orderNumber: "", currency: "", lines: [] };
