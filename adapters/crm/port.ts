import type { Call, Health } from "../port.ts";

/** A case as the CRM tells it; words are the CRM's own. */
export type CrmCase = {
  /** The number people know. */
  number: string;
  subject: string | null;
  status: string;
  priority: string | null;
  closed: boolean;
  owner: { name: string; kind: "PERSON" | "QUEUE" } | null;
  customerNumber: string | null;
  /** The order that the agent says it is about. */
  orderNumber: string | null;
  /** Where people open it. */
  url: string | null;
  modifiedAt: string;
};

/** What the CRM keeps of a return: overwritten by each report with what is so by then, never by an earlier `version`. */
export type ReturnOfCrm = {
  rmaNumber: string;
  status: string;
  version: number;
  orderNumber: string;
  customerNumber: string | null;
};
/** Something that happened, for the people who read the cases. */
export type Milestone = { type: string; summary: string; occurredAt: string };
export type MilestoneReport = {
  return: ReturnOfCrm;
  milestone: Milestone;
  cases: { number: string; originating: boolean }[];
};
/** A case of its own for a return whose channel wants one. */
export type NewCase = {
  customerNumber: string;
  orderNumber: string;
  subject: string;
  report: Omit<MilestoneReport, "cases">;
};

export type UpsertLookUp<Written> =
  | ({ answer: "found"; sameContent: true } & Written)
  | { answer: "found"; sameContent: false }
  | { answer: "absent" }
  | { answer: "unknown"; reason: string };

/**
 * A write that our transaction key makes idempotent: the same again is the same. Nothing is ever half written. Errors: TransientFailure
 * (nothing was done), AmbiguousOutcome (look up, then put the same again), BusinessRefusal (CASE_REFUSED, TWO_DOCUMENTS_FOUND …), ProgramBug.
 */
export type Upserts<Content, Written> = {
  put(key: string, content: Content, call: Call): Promise<Written>;
  /** `sameContent` compares what happened, not the state that later reports overwrite (W-03). */
  lookUp(key: string, content: Content, call: Call): Promise<UpsertLookUp<Written>>;
};

/** The cases of one company. The CRM owns them: we never write a case's status, and never close one (D-31). */
export type CrmPort = {
  system: string;
  companyId: string;
  settleMs: number;
  health(): Health;
  /** By number; what another company has is absent. */
  findCases(numbers: readonly string[], call: Call): Promise<Map<string, CrmCase>>;
  /** Newest first; an order without cases has an empty list. */
  findCasesOfOrders(orderNumbers: readonly string[], call: Call): Promise<Map<string, CrmCase[]>>;
  findCasesOfCustomers(customerNumbers: readonly string[], call: Call): Promise<Map<string, CrmCase[]>>;
  /** Subject or number holds the text as it is written, in any case; newest first, at most `limit`. */
  searchCases(text: string, options: { limit: number }, call: Call): Promise<CrmCase[]>;
  /** The case of the key, else an open one of the customer that is about the order, else a new one; the report is written with it. */
  cases: Upserts<NewCase, { state: "DONE"; caseNumber: string }>;
  /** The milestone under its key, the return and its cases as they are now. */
  milestones: Upserts<MilestoneReport, { state: "DONE" }>;
};
