import { sandboxServer } from "./sandbox-server.ts";

/** What the sandbox's CRM has of a return: our record of it, its milestones, and the cases it is linked to. */
export type CrmReturn = { Name: string; Status__c: string; milestones: object[]; cases: { number: string }[] };

/** Undefined where the CRM was told nothing of it: it has no case. */
export async function crmReturnOf(rmaNumber: string, sandboxPort: number): Promise<CrmReturn | undefined> {
  const { returns } = await sandboxServer("salesforce", sandboxPort)("GET ledger");
  return (returns as CrmReturn[]).find(({ Name }) => Name === rmaNumber);
}

/** One line for a person. */
export const crmLine = ({ Name, Status__c, milestones, cases }: CrmReturn): string =>
  `case ${cases.map(({ number }) => number).join(", ")}: ${Name} ${Status__c}, ${milestones.length} milestones`;
