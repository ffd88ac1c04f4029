import type { Row, Store } from "../store.ts";
import { recordId } from "./ids.ts";
import { type ObjectName, objectNamed, type ObjectType, objects } from "./objects.ts";

export type Value = string | number | boolean | null;
export type RecordRow = Row & { fields: Readonly<Record<string, Value>> };
/** A write of the API or of people, as it was asked for: the tests' judge. */
export type WriteRow = Row & {
  at: string;
  by: string;
  deed: "create" | "update" | "delete";
  object: ObjectName;
  recordId: string;
  fields: Record<string, Value>;
};
type Counter = Row & { value: number };

/** The org's records, who may write them now, and the journal of every write. */
export function openOrg(store: Store, now: () => Date) {
  const tables = new Map(objects.map(({ name }) => [name, store.table<RecordRow>(name)]));
  const writes = store.table<WriteRow>("writes");
  const counters = store.table<Counter>("counters");
  const locked = new Set<string>();
  const rules = new Map<ObjectName, string>();

  const next = (name: string): number => counters.put({ id: name, value: (counters.get(name)?.value ?? 0) + 1 }).value;
  const tableOf = (name: ObjectName) => tables.get(name)!;
  const all = (name: ObjectName): RecordRow[] => tableOf(name).find(({ fields }) => fields["IsDeleted"] === false);

  const note = (by: string, deed: WriteRow["deed"], type: ObjectType, id: string, fields: Record<string, Value>) =>
    writes.put({
      id: String(next("writes")),
      at: now().toISOString(),
      by,
      deed,
      object: type.name,
      recordId: id,
      fields,
    });

  const stamp = (by: string) => {
    const at = now().toISOString();
    return { LastModifiedDate: at, LastModifiedById: by, SystemModstamp: at };
  };

  return {
    transaction: store.transaction,
    now,
    all,
    get: (name: ObjectName, id: string) => tableOf(name).get(id),
    /** Records whose field has this text, upper and lower case alike. */
    by: (name: ObjectName, field: string, value: string) =>
      all(name).filter(({ fields }) => String(fields[field] ?? "").toLowerCase() === value.toLowerCase()),
    create(name: ObjectName, fields: Record<string, Value>, by: string): RecordRow {
      const type = objectNamed(name);
      const id = recordId(type.prefix, next(`id ${name}`));
      const stamped = stamp(by);
      const empty = Object.fromEntries(type.fields.map((each) => [each.name, each.type === "boolean" ? false : null]));
      const born = { CreatedDate: stamped.LastModifiedDate, CreatedById: by, IsDeleted: false };
      note(by, "create", type, id, fields);
      return tableOf(name).put({ id, fields: { ...empty, ...fields, ...born, ...stamped, Id: id } });
    },
    update(name: ObjectName, id: string, fields: Record<string, Value>, by: string): RecordRow {
      const row = tableOf(name).get(id)!;
      note(by, "update", objectNamed(name), id, fields);
      return tableOf(name).put({ id, fields: { ...row.fields, ...fields, ...stamp(by) } });
    },
    remove(name: ObjectName, id: string, by: string): void {
      const row = tableOf(name).get(id)!;
      note(by, "delete", objectNamed(name), id, {});
      tableOf(name).put({ id, fields: { ...row.fields, IsDeleted: true, ...stamp(by) } });
    },
    nextNumber: next,
    /** Auto numbers go on after this one. */
    numberFrom: (name: string, value: number) => void counters.put({ id: name, value }),
    writes: () => writes.all(),
    /** What the seed wrote is nobody's write. */
    forgetWrites: () => writes.all().forEach(({ id }) => writes.delete(id)),
    locked,
    rules,
  };
}

export type Org = ReturnType<typeof openOrg>;
