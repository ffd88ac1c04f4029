import type { DecidingStep } from "../step.ts";
import { authorizedLines, awaitsApproval } from "./decide-authorization.ts";

/** Where the goods go: by the WH table, from where they were shipped. */
export const chooseWarehouse: DecidingStep<undefined> = {
  kind: "decide",
  name: "choose-warehouse",
  system: null,
  guard: (state) => {
    if (authorizedLines(state).length === 0) return { end: "no line is authorized" };
    if (awaitsApproval(state)) return { end: "an approval is still open" };
    return state.warehouse ? { skip: "chosen before" } : "go";
  },
  decide: (state, _, run) => {
    const posted = authorizedLines(state)[0]?.posted;
    const { warehouse, ruleId, policyVersion } = run.policies.chooseWarehouse({
      companyId: state.companyId,
      shippedFrom: posted?.shippedFrom ?? null,
      supplierOwned: posted?.supplierOwned ?? false,
    });
    return { facts: [{ kind: "warehouse.chosen", data: { warehouse, ruleId, policyVersion } }] };
  },
};
