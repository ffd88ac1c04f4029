import type { AmendedAuthorization } from "#adapters/erp/port.ts";
import { base } from "../base-quantity.ts";
import { effectKey } from "../goods.ts";
import { authorizedOf } from "../quantities.ts";
import type { ReturnState } from "../return-state.ts";
import type { DocumentStep } from "../step.ts";
import { authorizedLines } from "./decide-authorization.ts";
import { authorizationLines, authorizationRequest } from "./create-erp-authorization.ts";
import { isAmendedSince } from "./re-instruct-warehouse.ts";

/**
 * M: the draft return order says what was amended, up or down, and has the amendment's key from then on; the same draft is posted when goods come. Once it is
 * posted, what is given up is ours alone, and more gets an authorization of its own when it comes (D-10).
 */
export const changeErpAuthorization: DocumentStep<AmendedAuthorization> = {
  kind: "effect",
  protocol: "draft",
  name: "change-erp-authorization",
  system: "erp",
  deed: "change return authorization",
  guard: (state, run) => {
    if (run.systems.erpOf(state.companyId).mode !== "return-order") return { skip: "this ERP has no return orders" };
    const { erpAuthorization } = state;
    if (!erpAuthorization) return { skip: "the ERP has none yet" };
    if (erpAuthorization.fixed || erpAuthorization.deleted) return { skip: "it can't be changed any more" };
    return isOutdated(state) ? "go" : { skip: "the ERP has what is authorized" };
  },
  port: (state, run) => run.systems.erpOf(state.companyId).amendment,
  intent: (state, run) => ({
    key: effectKey(state, run, "M", state.amendedVersion!),
    request: { ...authorizationRequest(state), documentId: state.erpAuthorization!.documentId },
  }),
  facts: (state, { id, number, lines }, _run, { key, request }) => [
    {
      kind: "erp-authorization.amended",
      data: {
        ...{ transactionKey: key, change: "CHANGED", documentId: id, number },
        lines: authorizationLines(state, lines, request),
      },
    },
  ],
};

/** It was drafted before the last amendment, and says something else. */
function isOutdated(state: ReturnState): boolean {
  const { transactionKey, asked = {} } = state.erpAuthorization!;
  const lines = authorizedLines(state);
  if (lines.length === 0 || !isAmendedSince(state, transactionKey)) return false;
  const isAsAsked = lines.every(({ id, reasonCode }, i) => {
    const told = asked[id];
    return told?.reasonCode === reasonCode && base(told.base).equals(authorizedOf(lines[i]!));
  });
  return !isAsAsked || Object.keys(asked).length !== lines.length;
}
