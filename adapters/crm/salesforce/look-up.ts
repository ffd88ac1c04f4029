import { SystemFailure } from "#shared/errors.ts";
import type { Call } from "../../port.ts";
import type { Milestone, UpsertLookUp } from "../port.ts";
import type { Client } from "./client.ts";
import { cut } from "./records.ts";
import { soql } from "./soql.ts";
import { milestoneRow, type MilestoneRow } from "./wire.ts";

/** The milestone of a key, as the org's own database has it; its content is compared by what happened (W-03). Times by their moment: the org writes `+0000`. */
export async function lookUpMilestone<Written>(
  client: Client,
  key: string,
  { type, summary, occurredAt }: Milestone,
  call: Call,
  written: (row: MilestoneRow) => Written | null,
): Promise<UpsertLookUp<Written>> {
  try {
    const rows = await client.query(
      "look-up-milestone",
      soql`SELECT Key__c, Type__c, Summary__c, Occurred_At__c, Case__r.CaseNumber FROM Backhaul_Milestone__c WHERE Key__c = ${key}`,
      milestoneRow,
      call,
    );
    const [row, second] = rows;
    if (!row) return { answer: "absent" };
    const isSame =
      row.Key__c === key &&
      row.Type__c === type &&
      (row.Summary__c ?? "") === cut(summary) &&
      Date.parse(row.Occurred_At__c) === Date.parse(occurredAt);
    const what = written(row);
    // Two records of one key are for people, as other content is.
    if (!isSame || second || what === null) return { answer: "found", sameContent: false };
    return { answer: "found", sameContent: true, ...what };
  } catch (error) {
    if (error instanceof SystemFailure && error.kind !== "BUG") return { answer: "unknown", reason: error.code };
    throw error;
  }
}
