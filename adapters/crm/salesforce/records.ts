import { parseTransactionKey } from "#shared/transaction-key.ts";
import type { MilestoneReport } from "../port.ts";

// What we write into our package's objects, and into a case.

/** The record of a return in the CRM: what its transaction keys begin with, so that installations don't meet. */
export function returnKeyOf(key: string): string {
  const parsed = parseTransactionKey(key);
  if (!parsed) throw new TypeError(`${key} is no transaction key`);
  return `${parsed.installation}-${parsed.about}`;
}

type Report = Pick<MilestoneReport, "return" | "milestone">;

export function returnBody({ return: { rmaNumber, status, version, orderNumber } }: Report, companyId: string) {
  return { Name: rmaNumber, Company__c: companyId, Status__c: status, Version__c: version, Order__c: orderNumber };
}

export function milestoneBody({ milestone: { type, summary, occurredAt } }: Report) {
  return { Name: type, Type__c: type, Summary__c: cut(summary), Occurred_At__c: occurredAt };
}

/** What the agent sees of the return on the case; its status stays the agent's (D-31). */
export const summaryOf = ({ return: { rmaNumber }, milestone }: Report): string =>
  cut(`${rmaNumber}: ${milestone.summary}`);

/** The length of a text field. */
export const cut = (text: string): string => (text.length <= 255 ? text : `${text.slice(0, 254)}…`);
