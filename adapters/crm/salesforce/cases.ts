import type { Call } from "../../port.ts";
import type { CrmCase } from "../port.ts";
import type { Client } from "./client.ts";
import type { Settings } from "./settings.ts";
import { askable, columns, holding, inLists, soql } from "./soql.ts";
import { type CaseRow, caseRow } from "./wire.ts";

const told = columns(
  "Id, CaseNumber, Subject, Status, Priority, IsClosed, Backhaul_Order__c, SystemModstamp, Account.AccountNumber, Owner.Name, Owner.Type",
);
type Field = "CaseNumber" | "Account.AccountNumber" | "Backhaul_Order__c";
const lengths: Record<Field, number> = { CaseNumber: 30, "Account.AccountNumber": 40, Backhaul_Order__c: 20 };

/** Reads of one company's cases; many keys are as few statements as URLs have room for, at once. */
export function createCases(client: Client, { company, web }: Pick<Settings, "company" | "web">) {
  const read = async (deed: string, field: Field, values: readonly string[], call: Call): Promise<CaseRow[]> => {
    const ask = (some: string[]) =>
      client.query(
        deed,
        soql`SELECT ${told} FROM Case WHERE Account.Backhaul_Company__c = ${company} AND ${columns(field)} IN ${some} ORDER BY CreatedDate DESC`,
        caseRow,
        call,
      );
    const pages = await Promise.all(inLists(askable(values, lengths[field])).map(ask));
    return pages.flat();
  };

  const canonical = (row: CaseRow): CrmCase => ({
    number: row.CaseNumber,
    subject: row.Subject,
    status: row.Status,
    priority: row.Priority,
    closed: row.IsClosed,
    owner: row.Owner ? { name: row.Owner.Name, kind: row.Owner.Type === "Queue" ? "QUEUE" : "PERSON" } : null,
    customerNumber: row.Account?.AccountNumber ?? null,
    orderNumber: row.Backhaul_Order__c,
    url: web === undefined ? null : `${web}/lightning/r/Case/${row.Id}/view`,
    modifiedAt: new Date(row.SystemModstamp).toISOString(),
  });

  const listsBy = async (
    deed: string,
    field: Field,
    keyOf: (row: CaseRow) => string | null | undefined,
    values: readonly string[],
    call: Call,
  ) => {
    const rows = await read(deed, field, values, call);
    const byKey = Map.groupBy(rows, (row) => (keyOf(row) ?? "").toLowerCase());
    return new Map(values.map((value) => [value, (byKey.get(value.toLowerCase()) ?? []).map(canonical)]));
  };

  return {
    async findCases(numbers: readonly string[], call: Call): Promise<Map<string, CrmCase>> {
      const rows = await read("find-cases", "CaseNumber", numbers, call);
      return new Map(rows.map((row) => [row.CaseNumber, canonical(row)]));
    },
    findCasesOfOrders: (numbers: readonly string[], call: Call) =>
      listsBy("find-cases-of-orders", "Backhaul_Order__c", (row) => row.Backhaul_Order__c, numbers, call),
    findCasesOfCustomers: (numbers: readonly string[], call: Call) =>
      listsBy("find-cases-of-customers", "Account.AccountNumber", (row) => row.Account?.AccountNumber, numbers, call),
    async searchCases(text: string, { limit }: { limit: number }, call: Call): Promise<CrmCase[]> {
      const [wanted] = askable([text.trim()], 200);
      if (wanted === undefined || limit < 1) return [];
      const statement = soql`SELECT ${told} FROM Case WHERE Account.Backhaul_Company__c = ${company} AND (Subject LIKE ${holding(wanted)} OR CaseNumber LIKE ${holding(wanted)}) ORDER BY CreatedDate DESC LIMIT ${limit}`;
      return (await client.query("search-cases", statement, caseRow, call)).map(canonical);
    },
  };
}
