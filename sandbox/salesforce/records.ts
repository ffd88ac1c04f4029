import { deleted, noExternalId, noResource, SalesforceError } from "./errors.ts";
import { readId } from "./ids.ts";
import { type Field, fieldNamed, objectNamed, objectOfId, type ObjectType, relationNamed } from "./objects.ts";
import type { Org, RecordRow, Value } from "./org.ts";

type Body = Record<string, unknown>;

/** A new record with what it has by itself: a case's number, status and owner. Throws the vendor's refusals. */
export function createRecord(org: Org, type: ObjectType, body: Body, by: string): RecordRow {
  const fields = readFields(org, type, body, "create");
  const missing = type.fields.filter(({ name, required }) => required && (fields[name] ?? null) === null);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name);
    throw new SalesforceError(
      400,
      "REQUIRED_FIELD_MISSING",
      `Required fields are missing: [${names.join(", ")}]`,
      names,
    );
  }
  checkUnique(org, type, fields, null);
  checkRules(org, type);
  return org.create(type.name, { ...ownDefaults(org, type, by), ...fields }, by);
}

export function updateRecord(org: Org, type: ObjectType, id: string, body: Body, by: string): RecordRow {
  const row = findRecord(org, type, id);
  const fields = readFields(org, type, body, "always");
  checkUnique(org, type, fields, row.id);
  if (org.locked.has(row.id))
    throw new SalesforceError(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", []);
  checkRules(org, type);
  return org.update(type.name, row.id, { ...fields, ...closed(type, fields) }, by);
}

/** The record of an id; a deleted one says so. */
export function findRecord(org: Org, type: ObjectType, id: string): RecordRow {
  const whole = readId(id);
  const row = whole === null ? undefined : org.get(type.name, whole);
  if (!row) throw noResource();
  if (row.fields["IsDeleted"]) throw deleted();
  return row;
}

/** Records with this value in an external id. */
export function recordsByKey(org: Org, type: ObjectType, fieldName: string, value: string): RecordRow[] {
  const field = fieldNamed(type, fieldName);
  if (!field?.externalId) throw noExternalId(fieldName);
  return org.by(type.name, field.name, value);
}

function readFields(org: Org, type: ObjectType, body: Body, deed: "create" | "always"): Record<string, Value> {
  const entries = Object.entries(body).filter(([name]) => name !== "attributes");
  return Object.fromEntries(
    entries.map(([name, value]): [string, Value] => {
      const relation = relationNamed(type, name);
      const field = relation ?? fieldNamed(type, name);
      if (!field)
        throw new SalesforceError(400, "INVALID_FIELD", `No such column '${name}' on sobject of type ${type.name}`);
      if (field.write === "never" || (deed === "always" && field.write === "create")) throw notWritable(field);
      return [field.name, relation ? byForeignKey(org, field, value) : readValue(org, field, value)];
    }),
  );
}

const notWritable = ({ name }: Field) =>
  new SalesforceError(
    400,
    "INVALID_FIELD_FOR_INSERT_UPDATE",
    `Unable to create/update fields: ${name}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
    [name],
  );

/** `"Return__r": { "Key__c": "…" }`: the record by its external id. */
function byForeignKey(org: Org, field: Field, value: unknown): Value {
  const target = objectNamed(field.relation!.to[0]!);
  const [[name, key] = ["", ""]] = Object.entries((value ?? {}) as Body);
  const [row, second] = recordsByKey(org, target, name, String(key));
  if (second) throw new SalesforceError(400, "INVALID_FIELD", `Multiple records match ${name} in ${target.name}`);
  if (row) return row.id;
  throw new SalesforceError(
    400,
    "INVALID_FIELD",
    `Foreign key external ID: ${String(key)} not found for field ${name} in entity ${target.name}`,
  );
}

function readValue(org: Org, field: Field, value: unknown): Value {
  if (value === null) return null;
  if (field.type === "reference") return readReference(org, field, value);
  const isRight = {
    boolean: typeof value === "boolean",
    double: typeof value === "number",
    datetime: typeof value === "string" && !Number.isNaN(Date.parse(value)),
  }[field.type as string];
  if (!(isRight ?? typeof value === "string"))
    throw new SalesforceError(
      400,
      "JSON_PARSER_ERROR",
      `Cannot deserialize instance of ${field.type} from value ${JSON.stringify(value)}`,
    );
  if (field.type === "datetime") return new Date(value as string).toISOString();
  if (typeof value === "string" && value.length > field.length)
    throw new SalesforceError(
      400,
      "STRING_TOO_LONG",
      `${field.name}: data value too large: ${value.slice(0, 80)} (max length=${field.length})`,
      [field.name],
    );
  return value === "" ? null : (value as Value);
}

function readReference(org: Org, field: Field, value: unknown): Value {
  const id = typeof value === "string" ? readId(value) : null;
  if (id === null)
    throw new SalesforceError(400, "MALFORMED_ID", `${field.name}: id value of incorrect type: ${String(value)}`, [
      field.name,
    ]);
  const target = objectOfId(id);
  const row = target && field.relation!.to.includes(target.name) ? org.get(target.name, id) : undefined;
  if (!row) throw new SalesforceError(400, "INVALID_CROSS_REFERENCE_KEY", `invalid cross reference id`, [field.name]);
  if (row.fields["IsDeleted"]) throw new SalesforceError(400, "ENTITY_IS_DELETED", "entity is deleted", [field.name]);
  return id;
}

function checkUnique(org: Org, type: ObjectType, fields: Record<string, Value>, own: string | null): void {
  for (const { name } of type.fields.filter(({ unique }) => unique)) {
    const value = fields[name];
    if (value === undefined || value === null) continue;
    const other = org.by(type.name, name, String(value)).find(({ id }) => id !== own);
    if (other)
      throw new SalesforceError(
        400,
        "DUPLICATE_VALUE",
        `duplicate value found: ${name} duplicates value on record with id: ${other.id}`,
        [],
      );
  }
}

/** A validation rule that the org's people made. */
function checkRules(org: Org, { name }: ObjectType): void {
  const message = org.rules.get(name);
  if (message !== undefined) throw new SalesforceError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, []);
}

function ownDefaults(org: Org, { name }: ObjectType, by: string): Record<string, Value> {
  if (name === "Case")
    return {
      CaseNumber: String(org.nextNumber("CaseNumber")).padStart(8, "0"),
      Status: "New",
      Priority: "Medium",
      OwnerId: by,
    };
  return fieldNamed(objectNamed(name), "OwnerId") ? { OwnerId: by } : {};
}

const closed = ({ name }: ObjectType, fields: Record<string, Value>): Record<string, Value> =>
  name === "Case" && "Status" in fields ? { IsClosed: fields["Status"] === "Closed" } : {};
