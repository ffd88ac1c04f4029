import { BusinessRefusal } from "#shared/errors.ts";
import { budget } from "../../budget.ts";
import type { Call } from "../../port.ts";
import type { MilestoneReport, Upserts } from "../port.ts";
import type { Client } from "./client.ts";
import { type Part, update, upsert } from "./composite.ts";
import { lookUpMilestone } from "./look-up.ts";
import { milestoneBody, returnBody, returnKeyOf, summaryOf } from "./records.ts";
import { askable, soql } from "./soql.ts";
import { caseIdRow, returnRow } from "./wire.ts";

export type Options = { client: Client; company: string; companyId: string; deadlineMs: number };

/** Milestones under their transaction keys, with the return and what its cases show of it, all in one write or none of it. */
export function createMilestones(options: Options): Upserts<MilestoneReport, { state: "DONE" }> {
  const { client, company, companyId, deadlineMs } = options;
  return {
    async put(key, report, call) {
      const within = budget(call, deadlineMs);
      const [ids, newer] = await Promise.all([
        caseIds(client, company, report, within),
        newerReturn(client, key, report, within),
      ]);
      const parts = newer === null ? partsOf(key, report, companyId, ids) : [milestonePart(key, report, newer)];
      await client.writeAll("write-milestone", parts, within);
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

/** Record ids of the linked cases, by number. A case that is gone, or another company's, is for people to look at. */
async function caseIds(client: Client, company: string, { cases }: MilestoneReport, call: Call) {
  const numbers = cases.map(({ number }) => number);
  if (numbers.length === 0) return new Map<string, string>();
  const asked = askable(numbers, 30);
  const statement = soql`SELECT Id, CaseNumber FROM Case WHERE Account.Backhaul_Company__c = ${company} AND CaseNumber IN ${asked}`;
  const rows = asked.length === 0 ? [] : await client.query("find-cases", statement, caseIdRow, call);
  const ids = new Map(rows.map((row) => [row.CaseNumber, row.Id]));
  const lost = numbers.find((number) => !ids.has(number));
  if (lost === undefined) return ids;
  throw new BusinessRefusal({ system: client.system, code: "CASE_REFUSED", vendorText: `there is no case ${lost}` });
}

function partsOf(key: string, report: MilestoneReport, companyId: string, ids: ReadonlyMap<string, string>): Part[] {
  const returnKey = returnKeyOf(key);
  const links = report.cases.flatMap(({ number, originating }, at): Part[] => {
    const id = ids.get(number)!;
    return [
      update(`case${at}`, "Case", id, { Backhaul_Summary__c: summaryOf(report) }),
      upsert(`link${at}`, "Backhaul_Case_Return__c", `${returnKey}-${id}`, {
        Case__c: id,
        Return__c: "@{theReturn.id}",
        Originating__c: originating,
      }),
    ];
  });
  return [
    upsert("theReturn", "Backhaul_Return__c", returnKey, returnBody(report, companyId)),
    milestonePart(key, report, "@{theReturn.id}"),
    ...links,
  ];
}

const milestonePart = (key: string, report: MilestoneReport, returnId: string): Part =>
  upsert("milestone", "Backhaul_Milestone__c", key, { ...milestoneBody(report), Return__c: returnId });
