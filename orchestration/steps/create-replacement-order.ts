import type { ReplacementOrder, ReplacementOrderRequest } from "#adapters/erp/port.ts";
import { effectKey, lineById } from "../goods.ts";
import { amountOf } from "../receiving.ts";
import { approvalOf } from "../replacement-approval.ts";
import { dueOf, replacementById, shipsFrom } from "../replacements.ts";
import type { ReturnState } from "../return-state.ts";
import type { DocumentStep, Run } from "../step.ts";

/** V: a sales order at no charge. Its draft ships nothing; posted, the ERP's people ship it like any other. */
export const createReplacementOrder: DocumentStep<ReplacementOrderRequest, ReplacementOrder> = {
  kind: "effect",
  protocol: "draft-and-post",
  name: "create-replacement-order",
  system: "erp",
  deed: "create replacement order",
  guard: (state, run) => {
    const replacement = replacementById(state, run.subject);
    if (!replacement || replacement.status === "CANCELLED") return { end: "it was given up" };
    if (replacement.status !== "REQUESTED") return { skip: "ordered before" };
    if (state.cancelRequested) return { end: "the return is being cancelled" };
    if (!["NONE", "APPROVED"].includes(approvalOf(state, replacement))) return { end: "it is not approved" };
    return dueOf(state, replacement, run.policies).is === "DUE" ? "go" : { end: "its goods are not accepted any more" };
  },
  port: (state, run) => run.systems.erpOf(state.companyId).replacementOrder,
  intent: (state, run) => ({
    key: effectKey(state, run, "V", replacementById(state, run.subject)!.version),
    request: request(state, run),
  }),
  facts: (state, { id, number }, run, { key, request: { lines } }) => [
    {
      kind: "replacement.ordered",
      data: {
        replacementId: run.subject,
        transactionKey: key,
        documentId: id,
        orderNumber: number,
        lines: lines.map(({ ref, sku, quantity, unit }) => ({
          lineId: ref,
          sku,
          quantity: amountOf(lineById(state, ref), { value: quantity, unit })!,
        })),
      },
    },
  ],
};

function request(state: ReturnState, run: Run): ReplacementOrderRequest {
  const due = dueOf(state, replacementById(state, run.subject)!, run.policies);
  return {
    customerNumber: state.customerNumber!,
    orderNumber: state.orderNumber,
    currency: state.currency!,
    lines: (due.is === "DUE" ? due.lines : []).map(({ lineId, sku, quantity }) => ({
      ref: lineId,
      sku,
      quantity: quantity.value,
      unit: quantity.unit,
      location: shipsFrom(state, lineId),
    })),
  };
}
