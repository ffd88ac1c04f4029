import { BusinessRefusal } from "#shared/errors.ts";
import type { Call } from "../../port.ts";
import type { Client } from "./client.ts";
import { askable, soql } from "./soql.ts";
import { caseIdRow } from "./wire.ts";

export type CaseIds = ReturnType<typeof createCaseIds>;

/** Of so many cases the record id is remembered: a case's never changes. */
const KEPT = 5_000;

/** Record ids of a company's cases by their numbers. */
export function createCaseIds(client: Client, company: string) {
  const known = new Map<string, string>();
  const keep = (number: string, id: string) => {
    if (known.size >= KEPT) known.delete(known.keys().next().value!);
    known.set(number, id);
  };
  const ask = async (numbers: string[], call: Call): Promise<void> => {
    const asked = askable(numbers, 30);
    if (asked.length === 0) return;
    const statement = soql`SELECT Id, CaseNumber FROM Case WHERE Account.Backhaul_Company__c = ${company} AND CaseNumber IN ${asked}`;
    for (const { CaseNumber, Id } of await client.query("find-case-ids", statement, caseIdRow, call))
      keep(CaseNumber, Id);
  };
  return {
    /** Throws CASE_REFUSED for a case that is gone, or another company's: people have to look at that. */
    async find(numbers: readonly string[], call: Call): Promise<Map<string, string>> {
      await ask(
        numbers.filter((number) => !known.has(number)),
        call,
      );
      const lost = numbers.find((number) => !known.has(number));
      if (lost === undefined) return new Map(numbers.map((number) => [number, known.get(number)!]));
      throw new BusinessRefusal({
        system: client.system,
        code: "CASE_REFUSED",
        vendorText: `there is no case ${lost}`,
      });
    },
    /** The org did not take them: they are looked up again. */
    forget: (numbers: readonly string[]) => numbers.forEach((number) => known.delete(number)),
  };
}
