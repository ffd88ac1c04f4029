import { noType } from "./errors.ts";

export type ObjectName = "User" | "Group" | "Account" | "Contact" | "Case" | OurObject;
/** Our package's own objects; every other one is Salesforce's. */
export type OurObject = "Backhaul_Return__c" | "Backhaul_Milestone__c" | "Backhaul_Case_Return__c";

type FieldType = "id" | "string" | "textarea" | "picklist" | "reference" | "boolean" | "datetime" | "double";
export type Field = {
  name: string;
  type: FieldType;
  /** Longer text is refused. */
  length: number;
  /** When a client may write it. */
  write: "always" | "create" | "never";
  required: boolean;
  externalId: boolean;
  unique: boolean;
  /** The relationship that leads to the record it names. */
  relation: { name: string; to: ObjectName[] } | null;
};
export type ObjectType = { name: ObjectName; prefix: string; fields: Field[] };

const field = (name: string, type: FieldType, more: Partial<Field> = {}): Field => ({
  name,
  type,
  length: type === "textarea" ? 32_000 : 255,
  write: "always",
  required: false,
  externalId: false,
  unique: false,
  relation: null,
  ...more,
});
const told = (name: string, type: FieldType) => field(name, type, { write: "never" });
const refers = (name: string, relation: string, to: ObjectName[], more: Partial<Field> = {}) =>
  field(name, "reference", { relation: { name: relation, to }, ...more });
const key = (length: number) => field("Key__c", "string", { length, externalId: true, unique: true, required: true });

const systemFields = (): Field[] => [
  told("Id", "id"),
  told("IsDeleted", "boolean"),
  told("CreatedDate", "datetime"),
  { ...refers("CreatedById", "CreatedBy", ["User"]), write: "never" },
  told("LastModifiedDate", "datetime"),
  { ...refers("LastModifiedById", "LastModifiedBy", ["User"]), write: "never" },
  told("SystemModstamp", "datetime"),
];
const owner = () => refers("OwnerId", "Owner", ["User", "Group"]);
const object = (name: ObjectName, prefix: string, ...fields: Field[]): ObjectType => ({
  name,
  prefix,
  fields: [...systemFields(), ...fields],
});

/** The objects of the org as far as returns need them; what ends in __c our package brought along. */
export const objects: readonly ObjectType[] = [
  object(
    "User",
    "005",
    told("Name", "string"),
    told("Username", "string"),
    told("Email", "string"),
    told("IsActive", "boolean"),
  ),
  object("Group", "00G", told("Name", "string"), told("Type", "picklist")),
  object(
    "Account",
    "001",
    field("Name", "string", { required: true }),
    field("AccountNumber", "string", { length: 40 }),
    field("Phone", "string", { length: 40 }),
    field("Backhaul_Company__c", "string", { length: 10 }),
    owner(),
  ),
  object(
    "Contact",
    "003",
    field("Name", "string", { write: "never" }),
    field("LastName", "string", { length: 80, required: true }),
    field("Email", "string", { length: 80 }),
    refers("AccountId", "Account", ["Account"]),
  ),
  object(
    "Case",
    "500",
    told("CaseNumber", "string"),
    field("Subject", "string"),
    field("Description", "textarea"),
    field("Status", "picklist"),
    field("Priority", "picklist"),
    field("Origin", "picklist"),
    told("IsClosed", "boolean"),
    refers("AccountId", "Account", ["Account"]),
    refers("ContactId", "Contact", ["Contact"]),
    owner(),
    field("Backhaul_Order__c", "string", { length: 20 }),
    field("Backhaul_Summary__c", "string"),
  ),
  object(
    "Backhaul_Return__c",
    "a0R",
    field("Name", "string", { length: 80 }),
    key(40),
    field("Company__c", "string", { length: 10, required: true }),
    field("Status__c", "string", { length: 40, required: true }),
    field("Version__c", "double"),
    field("Order__c", "string", { length: 40 }),
    refers("Account__c", "Account__r", ["Account"]),
  ),
  object(
    "Backhaul_Milestone__c",
    "a0M",
    field("Name", "string", { length: 80 }),
    key(40),
    refers("Return__c", "Return__r", ["Backhaul_Return__c"], { required: true, write: "create" }),
    refers("Case__c", "Case__r", ["Case"], { write: "create" }),
    field("Type__c", "string", { length: 60, required: true }),
    field("Summary__c", "string"),
    field("Occurred_At__c", "datetime", { required: true }),
  ),
  object(
    "Backhaul_Case_Return__c",
    "a0C",
    field("Name", "string", { length: 80 }),
    key(60),
    refers("Case__c", "Case__r", ["Case"], { required: true, write: "create" }),
    refers("Return__c", "Return__r", ["Backhaul_Return__c"], { required: true, write: "create" }),
    field("Originating__c", "boolean"),
  ),
];

const byName = new Map(objects.map((each) => [each.name.toLowerCase(), each]));
/** Names are read in any case, and told as they are defined. */
export function objectNamed(name: string): ObjectType {
  const found = byName.get(name.toLowerCase());
  if (!found) throw noType(name);
  return found;
}
export const fieldNamed = (type: ObjectType, name: string): Field | undefined =>
  type.fields.find((each) => each.name.toLowerCase() === name.toLowerCase());
export const relationNamed = (type: ObjectType, name: string): Field | undefined =>
  type.fields.find(({ relation }) => relation?.name.toLowerCase() === name.toLowerCase());
export const objectOfId = (id: string): ObjectType | undefined =>
  objects.find(({ prefix }) => prefix === id.slice(0, 3));
