import type { NewFact } from "../facts-vocabulary.ts";
import { type Mapping, readMapping } from "../partner-mapping.ts";
import { readReport } from "../partner-reports.ts";
import type { ReportState, ReturnState } from "../return-state.ts";
import { serialsBack } from "../serials.ts";
import type { DecidingStep, Run } from "../step.ts";

/** A partner's report in our words, by its mapping; a code without one waits for a person with the report (D-40). */
export const readPartnerReport: DecidingStep<Mapping | string> = {
  kind: "decide",
  name: "read-report",
  system: null,
  guard: (state, run) => {
    const report = reportOf(state, run);
    if (!report) return { end: "there is no such report" };
    return report.told ? { skip: "it was read before" } : "go";
  },
  read: (state, run) => readMapping(run.partnersDir, reportOf(state, run)!.partner),
  decide: async (state, mapping, run, tx) => {
    const report = reportOf(state, run)!;
    const read = readReport(state, report, { mapping, policies: run.policies, back: await serialsBack(tx, state) });
    if ("facts" in read) return read;
    if ("waits" in read) return { facts: [], then: "end" };
    if (wasLookedAfter(state, run)) return { facts: [leftAlone(report)] };
    return { facts: [], tasks: [read.problem], then: "stop" };
  },
};

const reportOf = ({ reports = [] }: ReturnState, { subject }: Run): ReportState | undefined =>
  reports.find(({ reportId }) => reportId === subject);

/** A person has said that nothing is to come of it. */
const wasLookedAfter = ({ exceptions }: ReturnState, { operationId }: Run): boolean =>
  exceptions.some((task) => task.operationId === operationId && task.status === "RESOLVED");
const leftAlone = ({ reportId }: ReportState): NewFact => ({
  kind: "partner.report-read",
  data: { reportId, told: "nothing" },
});
