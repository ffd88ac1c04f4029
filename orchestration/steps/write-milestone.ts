import type { MilestoneReport } from "#adapters/crm/port.ts";
import { casesOf, reportOf } from "../crm-report.ts";
import { effectKey } from "../goods.ts";
import type { UpsertStep } from "../step.ts";

/** What happened, and how the return stands by now, at its cases (K). A case's own status is its agents' (D-31). */
export const writeMilestone: UpsertStep<MilestoneReport, { state: "DONE" }> = {
  kind: "effect",
  protocol: "put",
  name: "write-milestone",
  system: "crm",
  deed: "write milestone",
  asCommitted: true,
  guard: (state, run) => {
    if (!run.systems.crmOf(state.companyId)) return { end: "the company has no CRM" };
    if (run.fact!.kind === "policy.evaluated") return { skip: "it was written with the case" };
    return casesOf(state).length > 0 ? "go" : { end: "no case is linked" };
  },
  port: (state, run) => run.systems.crmOf(state.companyId)!.milestones,
  intent: (state, run) => ({
    key: effectKey(state, run, "K", run.fact!.version),
    request: reportOf(state, run.fact!),
  }),
  facts: () => [],
};
