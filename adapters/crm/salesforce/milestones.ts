import { TransientFailure } from "#shared/errors.ts";
import { budget } from "../../budget.ts";
import type { Call } from "../../port.ts";
import type { MilestoneReport, Upserts } from "../port.ts";
import { createCaseIds } from "./case-ids.ts";
import type { Client } from "./client.ts";
import { type Part, update, upsert } from "./composite.ts";
import { lookUpMilestone } from "./look-up.ts";
import { milestoneBody, returnBody, returnKeyOf, summaryOf } from "./records.ts";
import { soql } from "./soql.ts";
import { returnRow } from "./wire.ts";

export type Options = { client: Client; company: string; companyId: string; deadlineMs: number };

/** Milestones under their transaction keys, with the return and what its cases show of it, all in one write or none of it. */
export function createMilestones(options: Options): Upserts<MilestoneReport, { state: "DONE" }> {
  const { client, company, companyId, deadlineMs } = options;
  const caseIds = createCaseIds(client, company);
  return {
    async put(key, report, call) {
      const within = budget(call, deadlineMs);
      const numbers = report.cases.map(({ number }) => number);
      const [ids, newer] = await Promise.all([caseIds.find(numbers, within), newerReturn(client, key, report, within)]);
      const writes = newer === null ? writesOf(key, report, companyId, ids) : [[milestonePart(key, report, newer)]];
      try {
        for (const parts of writes) await client.writeAll("write-milestone", parts, within);
      } catch (error) {
        if (!(error instanceof TransientFailure)) caseIds.forget(numbers);
        throw error;
      }
      return { state: "DONE" };
    },
    lookUp: (key, { milestone }, call) =>
      lookUpMilestone(client, key, milestone, call, () => ({ state: "DONE" }) as const),
  };
}

/** The record id of the return where the CRM has a later state of it already: an old report that was held up does not take that back. */
async function newerReturn(client: Client, key: string, report: MilestoneReport, call: Call): Promise<string | null> {
  const statement = soql`SELECT Id, Version__c FROM Backhaul_Return__c WHERE Key__c = ${returnKeyOf(key)}`;
  const [row, second] = await client.query("find-return", statement, returnRow, call);
  return row && !second && (row.Version__c ?? 0) > report.return.version ? row.Id : null;
}

/** What one call has room for: 25 parts. */
const CASES_AT_ONCE = 10;

/** One write; where a return has very many cases several, of which the milestone comes with the last, so that it is there only when all is. */
function writesOf(key: string, report: MilestoneReport, companyId: string, ids: ReadonlyMap<string, string>): Part[][] {
  const { cases } = report;
  const theReturn = upsert("theReturn", "Backhaul_Return__c", returnKeyOf(key), returnBody(report, companyId));
  const count = Math.max(1, Math.ceil(cases.length / CASES_AT_ONCE));
  return Array.from({ length: count }, (_, at) => {
    const some = cases.slice(at * CASES_AT_ONCE, (at + 1) * CASES_AT_ONCE);
    const last = at === count - 1 ? [milestonePart(key, report, "@{theReturn.id}")] : [];
    return [theReturn, ...some.flatMap((each, index) => caseParts(key, report, each, ids, index)), ...last];
  });
}

function caseParts(
  key: string,
  report: MilestoneReport,
  { number, originating }: MilestoneReport["cases"][number],
  ids: ReadonlyMap<string, string>,
  index: number,
): Part[] {
  const id = ids.get(number)!;
  const link = { Case__c: id, Return__c: "@{theReturn.id}", Originating__c: originating };
  return [
    update(`case${index}`, "Case", id, { Backhaul_Summary__c: summaryOf(report) }),
    upsert(`link${index}`, "Backhaul_Case_Return__c", `${returnKeyOf(key)}-${id}`, link),
  ];
}

const milestonePart = (key: string, report: MilestoneReport, returnId: string): Part =>
  upsert("milestone", "Backhaul_Milestone__c", key, { ...milestoneBody(report), Return__c: returnId });
