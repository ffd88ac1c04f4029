import type { MilestoneReport } from "#adapters/crm/port.ts";
import { parseForeignId } from "#shared/ids.ts";
import type { Fact } from "./facts-vocabulary.ts";
import type { ReturnState } from "./return-state.ts";
import { statusOf } from "./status.ts";
import { summaryOf } from "./summaries.ts";

/** What a CRM is told of a fact: the fact, without prices, and the return as it is by now. */
export function reportOf(state: ReturnState, fact: Fact): MilestoneReport {
  const { rmaNumber, version, orderNumber, customerNumber } = state;
  return {
    return: { rmaNumber, status: statusOf(state), version, orderNumber, customerNumber },
    milestone: { type: fact.kind, summary: summaryOf(fact, false), occurredAt: fact.occurredAt },
    cases: casesOf(state),
  };
}

/** The cases that the return is linked to, by the numbers of its company's CRM. */
export const casesOf = ({ caseIds, companyId }: ReturnState): MilestoneReport["cases"] =>
  caseIds.flatMap(({ caseId, originating }) => {
    const id = parseForeignId(caseId);
    return id?.record === "crm.case" && id.company === companyId ? [{ number: id.number, originating }] : [];
  });
