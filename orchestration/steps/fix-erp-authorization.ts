import type { AuthorizationRequest } from "#adapters/erp/port.ts";
import type { DocumentStep } from "../step.ts";
import { authorizationKey, authorizationLines, authorizationRequest } from "./create-erp-authorization.ts";

/** Posts the return order by the id of its draft, just before the first receipt; afterwards it can't be changed (D-10). */
export const fixErpAuthorization: DocumentStep<AuthorizationRequest> = {
  kind: "effect",
  protocol: "post",
  name: "fix-erp-authorization",
  system: "erp",
  deed: "post return authorization",
  guard: (state, run) => {
    if (run.systems.erpOf(state.companyId).mode !== "return-order") return { skip: "this ERP has no return orders" };
    if (!state.receipts.some(({ lines }) => lines.some(({ returnLineId }) => returnLineId)))
      return { skip: "nothing came that is on it" };
    if (!state.erpAuthorization) return { end: "the ERP has no authorization yet" };
    if (state.erpAuthorization.deleted) return { skip: "it was deleted before anything came" };
    return state.erpAuthorization.fixed ? { skip: "posted before" } : "go";
  },
  port: (state, run) => run.systems.erpOf(state.companyId).authorization,
  intent: (state, run) => ({ key: authorizationKey(state, run), request: authorizationRequest(state) }),
  facts: (state, { id, number, lines }, _run, { key, request }) => [
    {
      kind: "erp-authorization.amended",
      data: {
        ...{ transactionKey: key, change: "FIXED", documentId: id, number },
        lines: authorizationLines(state, lines, request),
      },
    },
  ],
};
