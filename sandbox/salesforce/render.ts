import { objectOfId, type ObjectType } from "./objects.ts";
import type { Org, RecordRow, Value } from "./org.ts";
import type { Reached } from "./soql-check.ts";
import { follow, valueAt } from "./soql-run.ts";

type Shown = { [name: string]: Value | Shown };

/** A record of a query's answer: the columns asked for, those over a relationship inside an object of their own. */
export function renderRow(org: Org, version: string, type: ObjectType, row: RecordRow, columns: Reached[]): Shown {
  const shown: Shown = { attributes: attributesOf(version, type.name, row.id, type.name) };
  for (const column of columns) {
    let at = shown;
    for (const [depth, { relation }] of column.relations.entries()) {
      const reached = column.relations.slice(0, depth + 1);
      const inner = (at[relation!.name] as Shown | null | undefined) ?? related(org, version, row, reached);
      at[relation!.name] = inner;
      if (inner === null) break;
      at = inner;
      if (depth === column.relations.length - 1) at[column.field.name] = told(column, valueAt(org, row, column));
    }
    if (column.relations.length === 0) shown[column.field.name] = told(column, valueAt(org, row, column));
  }
  return shown;
}

function related(org: Org, version: string, row: RecordRow, relations: Reached["relations"]): Shown | null {
  const end = follow(org, row, relations);
  if (!end) return null;
  const { name } = objectOfId(end.id)!;
  const isPolymorphic = relations.at(-1)!.relation!.to.length > 1;
  return { attributes: attributesOf(version, name, end.id, isPolymorphic ? "Name" : name) };
}

const attributesOf = (version: string, name: string, id: string, type: string) => ({
  type,
  url: `/services/data/${version}/sobjects/${name}/${id}`,
});

/** Times are told with a zone of digits, which `Z` is not. */
const told = ({ field }: Reached, value: Value): Value =>
  field.type === "datetime" && typeof value === "string" ? value.replace(/Z$/, "+0000") : value;

/** A whole record, as `GET /sobjects/<object>/<id>` tells it. */
export function renderWhole(org: Org, version: string, type: ObjectType, row: RecordRow): Shown {
  const columns = type.fields.map((field): Reached => ({ relations: [], field, polymorphic: false }));
  return renderRow(org, version, type, row, columns);
}
