import { AmbiguousOutcome, BusinessRefusal } from "#shared/errors.ts";
import { budget } from "../../budget.ts";
import type { Call } from "../../port.ts";
import type { NewCase, UpsertLookUp, Upserts } from "../port.ts";
import type { Client } from "./client.ts";
import { create, type Part, update, upsert } from "./composite.ts";
import { lookUpMilestone } from "./look-up.ts";
import type { Options } from "./milestones.ts";
import { cut, milestoneBody, returnBody, returnKeyOf, summaryOf } from "./records.ts";
import { isDuplicate } from "./refusals.ts";
import { askable, soql } from "./soql.ts";
import { idRow } from "./wire.ts";

type Opened = { state: "DONE"; caseNumber: string };

/**
 * A case for a return. What makes it happen once is the milestone that is written with it: its key is unique, and it is only ever created, so that
 * a second attempt rolls back whole. The case itself has no key of ours (D-31).
 */
export function createOpening({ client, company, companyId, deadlineMs }: Options): Upserts<NewCase, Opened> {
  const lookUp = (key: string, { report }: NewCase, call: Call): Promise<UpsertLookUp<Opened>> =>
    lookUpMilestone(client, key, report.milestone, call, ({ Case__r }) =>
      Case__r ? { state: "DONE", caseNumber: Case__r.CaseNumber } : null,
    );
  /** The case that stands under the key now; the write was done, whatever became of its answer. */
  const opened = async (key: string, content: NewCase, call: Call): Promise<Opened> => {
    const seen = await lookUp(key, content, call);
    if (seen.answer === "found" && seen.sameContent) return { state: seen.state, caseNumber: seen.caseNumber };
    if (seen.answer === "found") throw new BusinessRefusal({ system: client.system, code: "CONTENT_DIFFERS" });
    throw new AmbiguousOutcome({ system: client.system, code: "OUTCOME_UNKNOWN" });
  };

  return {
    lookUp,
    async put(key, content, call) {
      const within = budget(call, deadlineMs);
      const account = await accountId(client, company, content.customerNumber, within);
      const open = await openCaseId(client, account, content.orderNumber, within);
      try {
        await client.writeAll("open-case", partsOf(key, content, companyId, account, open), within);
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
      return opened(key, content, within);
    },
  };
}

/** The customer's account; that it stands there twice is for people to mend. */
async function accountId(client: Client, company: string, customerNumber: string, call: Call): Promise<string> {
  const [number] = askable([customerNumber], 40);
  const statement = soql`SELECT Id FROM Account WHERE Backhaul_Company__c = ${company} AND AccountNumber = ${number ?? ""} LIMIT 2`;
  const [one, second] = number === undefined ? [] : await client.query("find-account", statement, idRow, call);
  if (one && !second) return one.Id;
  throw new BusinessRefusal({ system: client.system, code: one ? "DUPLICATE_CUSTOMER" : "UNKNOWN_CUSTOMER" });
}

/** The newest case of the customer that is about the order and not closed. */
async function openCaseId(client: Client, account: string, orderNumber: string, call: Call): Promise<string | null> {
  const statement = soql`SELECT Id FROM Case WHERE AccountId = ${account} AND Backhaul_Order__c = ${orderNumber} AND IsClosed = false ORDER BY CreatedDate DESC LIMIT 1`;
  const [row] = await client.query("find-open-case", statement, idRow, call);
  return row?.Id ?? null;
}

function partsOf(key: string, content: NewCase, companyId: string, account: string, open: string | null): Part[] {
  const { report, subject, orderNumber } = content;
  const returnKey = returnKeyOf(key);
  const summary = { Backhaul_Summary__c: summaryOf(report) };
  const caseId = open ?? "@{theCase.id}";
  const fresh = { AccountId: account, Subject: cut(subject), Origin: "Web", Backhaul_Order__c: orderNumber };
  return [
    open === null ? create("theCase", "Case", { ...fresh, ...summary }) : update("theCase", "Case", open, summary),
    upsert("theReturn", "Backhaul_Return__c", returnKey, returnBody(report, companyId)),
    create("milestone", "Backhaul_Milestone__c", {
      ...milestoneBody(report),
      Key__c: key,
      Return__c: "@{theReturn.id}",
      Case__c: caseId,
    }),
    create("link", "Backhaul_Case_Return__c", {
      Key__c: `${returnKey}-${caseId}`,
      Case__c: caseId,
      Return__c: "@{theReturn.id}",
      Originating__c: false,
    }),
  ];
}
