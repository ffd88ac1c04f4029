import type { NewCase } from "#adapters/crm/port.ts";
import { foreignIdOf } from "#shared/ids.ts";
import { reportOf } from "../crm-report.ts";
import { effectKey } from "../goods.ts";
import type { UpsertStep } from "../step.ts";

/** A case of its own for a return whose channel wants one by policy (D-31): an open one about the order, or a new one (K). */
export const findOrCreateCase: UpsertStep<NewCase, { state: "DONE"; caseNumber: string }> = {
  kind: "effect",
  protocol: "put",
  name: "find-or-create-case",
  system: "crm",
  deed: "open case",
  asCommitted: true,
  guard: (state, run) => {
    if (!run.systems.crmOf(state.companyId)) return { end: "the company has no CRM" };
    if (state.caseIds.length > 0) return { skip: "a case is linked" };
    const wanted = run.fact!.kind === "policy.evaluated" && run.fact!.data.opensCase !== undefined;
    return wanted ? "go" : { end: "no case is linked, and policy wants none" };
  },
  port: (state, run) => run.systems.crmOf(state.companyId)!.cases,
  intent: (state, run) => {
    const { return: about } = reportOf(state, run.fact!);
    const requested = { type: "return.requested", summary: "The return was requested.", occurredAt: state.requestedAt };
    return {
      key: effectKey(state, run, "K", run.fact!.version),
      request: {
        customerNumber: state.customerNumber ?? "",
        orderNumber: state.orderNumber,
        subject: `Return ${state.rmaNumber} of order ${state.orderNumber}`,
        report: { return: about, milestone: requested },
      },
    };
  },
  facts: (state, { caseNumber }) => [
    {
      kind: "case.linked",
      data: { caseId: foreignIdOf("crm.case", state.companyId, caseNumber), originating: false },
    },
  ],
};
