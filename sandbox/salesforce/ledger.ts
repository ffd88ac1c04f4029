import type { ObjectName } from "./objects.ts";
import type { Org, RecordRow } from "./org.ts";

/** What the org has, and every write it ever took: the tests' judge. */
export function createLedger(org: Org, integrationUser: () => string) {
  const records = (name: ObjectName) => org.all(name).map(({ fields }) => fields);
  const caseByNumber = (number: string) => org.by("Case", "CaseNumber", number)[0]?.fields;
  return {
    records,
    caseByNumber,
    /** Our package's returns, with their milestones in the order of their keys, and the numbers of their cases. */
    returns: () => org.all("Backhaul_Return__c").map((row) => returnOf(org, row)),
    /** Every write, as it was asked for. */
    writes: () => org.writes(),
    /** Those of the API: what we did. */
    ownWrites: () => org.writes().filter(({ by }) => by === integrationUser()),
    read: () => ({
      cases: records("Case"),
      returns: org.all("Backhaul_Return__c").map((row) => returnOf(org, row)),
      writes: org.writes(),
    }),
  };
}

function returnOf(org: Org, { id, fields }: RecordRow) {
  const milestones = org
    .all("Backhaul_Milestone__c")
    .filter((milestone) => milestone.fields["Return__c"] === id)
    .map((milestone) => milestone.fields)
    .toSorted((a, b) => (String(a["Key__c"]) < String(b["Key__c"]) ? -1 : 1));
  const links = org.all("Backhaul_Case_Return__c").filter((link) => link.fields["Return__c"] === id);
  const cases = links.map(({ fields: link }) => ({
    number: org.get("Case", String(link["Case__c"]))!.fields["CaseNumber"],
    originating: link["Originating__c"],
  }));
  return { ...fields, milestones, cases };
}

export type Ledger = ReturnType<typeof createLedger>;
