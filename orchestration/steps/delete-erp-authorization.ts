import type { AuthorizationRequest } from "#adapters/erp/port.ts";
import type { DocumentStep } from "../step.ts";
import { awaitsItsWord, isLeftToPeople } from "../undo-refused.ts";
import { authorizationKey, authorizationRequest } from "./create-erp-authorization.ts";

/** Deletes the draft return order, if nothing came (A-U, D-10). */
export const deleteErpAuthorization: DocumentStep<AuthorizationRequest> = {
  kind: "effect",
  protocol: "discard",
  name: "delete-erp-authorization",
  system: "erp",
  deed: "delete return authorization",
  guard: (state) => {
    if (!state.erpAuthorization || state.erpAuthorization.deleted) return { skip: "the ERP has none" };
    if (state.erpAuthorization.fixed) return { skip: "goods came on it" };
    if (awaitsItsWord(state)) return { end: "the warehouse has not said yet whether it could" };
    if (isLeftToPeople(state, "delete-erp-authorization")) return { skip: "a person saw to it" };
    return state.receipts.some(({ lines }) => lines.some(({ returnLineId }) => returnLineId))
      ? { skip: "goods came" }
      : "go";
  },
  port: (state, run) => run.systems.erpOf(state.companyId).authorization,
  intent: (state, run) => ({ key: authorizationKey(state, run), request: authorizationRequest(state) }),
  refused: (code, state) => ({
    code: "UNDO_REFUSED",
    summary: `The ERP refused to delete return order ${state.erpAuthorization?.number} of ${state.rmaNumber} (${code}).`,
  }),
  facts: (_state, _document, _run, { key }) => [{ kind: "erp-authorization.deleted", data: { transactionKey: key } }],
};
