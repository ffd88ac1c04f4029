import type { AuthorizationRequest } from "#adapters/erp/port.ts";
import { Fraction } from "#shared/decimal.ts";
import { effectKey, lineById, receiptLineById, stockBatches } from "../goods.ts";
import type { AdditionState, ReturnState } from "../return-state.ts";
import type { DocumentStep } from "../step.ts";
import { authorizationRequest, authorizationLines } from "./create-erp-authorization.ts";

/**
 * M: over units that a supervisor let in. Goods have come, so the authorization is fixed or about to be: the addition is a second one,
 * with a key of its own, posted at once (D-10).
 */
export const amendErpAuthorization: DocumentStep<AuthorizationRequest> = {
  kind: "effect",
  protocol: "draft-and-post",
  name: "amend-erp-authorization",
  system: "erp",
  deed: "post additional return authorization",
  guard: (state, run) => {
    if (run.systems.erpOf(state.companyId).mode !== "return-order") return { skip: "this ERP has no return orders" };
    return dueAddition(state, run.subject) ? "go" : { skip: "nothing more was let in" };
  },
  port: (state, run) => run.systems.erpOf(state.companyId).authorization,
  intent: (state, run) => {
    const { version, lineId, base } = dueAddition(state, run.subject)!;
    const line = lineById(state, lineId)!;
    return {
      key: effectKey(state, run, "M", version),
      request: authorizationRequest(state, [{ line, base: new Fraction(base) }]),
    };
  },
  facts: (state, { id, number, lines }, _run, { key, request }) => [
    {
      kind: "erp-authorization.amended",
      data: {
        ...{ transactionKey: key, change: "QUANTITY", documentId: id, number },
        lines: authorizationLines(state, lines, request),
      },
    },
  ],
};

/** The oldest addition to this receipt that the ERP does not know, and of which units still count. */
const dueAddition = (state: ReturnState, receiptId: string): AdditionState | undefined =>
  state.additions.find((addition) => {
    const receiptLine = receiptLineById(state, addition.receiptLineId)!;
    const batch = stockBatches(state, receiptLine).find((one) => one.addition === addition);
    return receiptLine.receiptId === receiptId && !addition.authorization && batch?.base.gt(0);
  });
