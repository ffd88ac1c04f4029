import type { FactData } from "./facts-vocabulary.ts";
import type { Policies } from "./policies/policies.ts";

/** Whether policy wants a case of its own for a return (D-31), as `policy.evaluated` says it; nothing where it doesn't. */
export function caseWanted(
  policies: Policies,
  asked: { channel: string; caseGiven: boolean },
): Pick<FactData["policy.evaluated"], "opensCase"> {
  const { deed, ruleId } = policies.openCase(asked);
  return deed === "CREATE" ? { opensCase: { ruleId } } : {};
}
