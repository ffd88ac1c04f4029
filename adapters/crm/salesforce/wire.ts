import { z } from "zod";

// The parts of Salesforce's wire that we read.

const text = z.string();
const related = <Shape extends z.ZodRawShape>(shape: Shape) => z.object(shape).nullish();

export const page = <Row>(row: z.ZodType<Row>) =>
  z.object({ done: z.boolean(), nextRecordsUrl: text.optional(), records: z.array(row) });

export const caseRow = z.object({
  Id: text,
  CaseNumber: text,
  Subject: text.nullable(),
  Status: text,
  Priority: text.nullable(),
  IsClosed: z.boolean(),
  Backhaul_Order__c: text.nullable(),
  SystemModstamp: text,
  Account: related({ AccountNumber: text.nullable() }),
  Owner: related({ Name: text, Type: text.nullish() }),
});
export type CaseRow = z.output<typeof caseRow>;

export const idRow = z.object({ Id: text });
export const caseIdRow = z.object({ Id: text, CaseNumber: text });

export const returnRow = z.object({ Id: text, Version__c: z.number().nullable() });

export const milestoneRow = z.object({
  Key__c: text,
  Type__c: text,
  Summary__c: text.nullable(),
  Occurred_At__c: text,
  Case__r: related({ CaseNumber: text }),
});
export type MilestoneRow = z.output<typeof milestoneRow>;

export const compositeAnswer = z.object({
  compositeResponse: z.array(z.object({ httpStatusCode: z.number(), referenceId: text, body: z.unknown() })),
});
export type PartAnswer = z.output<typeof compositeAnswer>["compositeResponse"][number];
