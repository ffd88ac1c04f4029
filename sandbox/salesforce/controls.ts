import { fieldNamed, type ObjectName, objectNamed } from "./objects.ts";
import type { Org, RecordRow } from "./org.ts";
import { createRecord, updateRecord } from "./records.ts";
import type { Limit } from "./limit.ts";
import type { Settings } from "./settings.ts";
import type { Tokens } from "./token.ts";

type Parts = { org: Org; tokens: Tokens; limit: Limit; settings: Settings };
type NewCase = {
  company?: string;
  customerNumber?: string;
  orderNumber?: string;
  subject?: string;
  priority?: string;
  origin?: string;
};

export type Controls = ReturnType<typeof createControls>;

/** What people and administrators of the org do. */
export function createControls({ org, tokens, limit, settings }: Parts) {
  const people = () => org.all("User")[1]!.id;
  const theCase = (number: string): RecordRow => {
    const [row] = org.by("Case", "CaseNumber", number);
    if (!row) throw new Error(`There is no case ${number}.`);
    return row;
  };
  const account = (company: string, number: string): string => {
    const row = org
      .by("Account", "AccountNumber", number)
      .find(({ fields }) => fields["Backhaul_Company__c"] === company);
    if (!row) throw new Error(`${company} has no account ${number}.`);
    return row.id;
  };
  const ownerNamed = (name: string): string => {
    const [row] = [...org.by("User", "Name", name), ...org.by("Group", "Name", name)];
    if (!row) throw new Error(`Nobody is called ${name}.`);
    return row.id;
  };

  return {
    /** Opens a case; gives its number. */
    openCase({ company = "US01", customerNumber, orderNumber, ...more }: NewCase) {
      const row = createRecord(
        org,
        objectNamed("Case"),
        {
          Subject: more.subject ?? "A question",
          Origin: more.origin ?? "Phone",
          ...(more.priority ? { Priority: more.priority } : {}),
          ...(customerNumber ? { AccountId: account(company, customerNumber) } : {}),
          ...(orderNumber ? { Backhaul_Order__c: orderNumber } : {}),
        },
        people(),
      );
      return { id: row.id, number: String(row.fields["CaseNumber"]) };
    },
    /** Changes a case as its agents do; `owner` is the name of a user or queue. */
    editCase({ number, owner, ...fields }: { number: string; owner?: string; [field: string]: unknown }): void {
      const change = { ...fields, ...(owner === undefined ? {} : { OwnerId: ownerNamed(owner) }) };
      updateRecord(org, objectNamed("Case"), theCase(number).id, change, people());
    },
    deleteCase: ({ number }: { number: string }) => org.remove("Case", theCase(number).id, people()),
    /** While somebody's long transaction holds a case, nobody else writes it. */
    lockCase({ number, on = true }: { number: string; on?: boolean }): void {
      if (on) org.locked.add(theCase(number).id);
      else org.locked.delete(theCase(number).id);
    },
    /** A validation rule that refuses every write of an object; without a message it is taken away. */
    rule({ object, message }: { object: ObjectName; message?: string | null }): void {
      if (message) org.rules.set(objectNamed(object).name, message);
      else org.rules.delete(objectNamed(object).name);
    },
    /** The API calls of a day from now on, counted from none. */
    dailyRequests({ limit: most }: { limit: number }): void {
      settings.dailyRequests = most;
      limit.startDay();
    },
    expireSessions: () => tokens.expireAll(),
    /** A second record with the same external id, as an import without a unique key leaves behind. */
    plantDuplicate({ object, key }: { object: ObjectName; key: string }) {
      const type = objectNamed(object);
      const [row] = org.by(type.name, "Key__c", key);
      if (!row) throw new Error(`There is no ${object} ${key}.`);
      const told = Object.entries(row.fields).filter(([name]) => fieldNamed(type, name)!.write !== "never");
      return { id: org.create(type.name, Object.fromEntries(told), people()).id };
    },
    /** Somebody changes a record of ours by hand. */
    editRecord({ object, key, ...fields }: { object: ObjectName; key: string; [field: string]: unknown }): void {
      const [row] = org.by(object, "Key__c", key);
      if (!row) throw new Error(`There is no ${object} ${key}.`);
      updateRecord(org, objectNamed(object), row.id, fields, people());
    },
  };
}
