import { type Books, etagOf, isIndexed } from "./books.ts";
import { derive, isDerived } from "./derived-fields.ts";
import { type EntitySet, knownSet } from "./entity-sets.ts";
import { dialog } from "./errors.ts";
import { toWire, type Value } from "./fields.ts";
import type { Entity } from "./filter.ts";
import type { Query } from "./query.ts";

/** An entity as JSON, with its ETag, what was selected and what was expanded. */
export function render(
  books: Books,
  set: EntitySet,
  stored: Entity,
  query: Pick<Query, "select" | "expand">,
): Record<string, unknown> {
  const row = derive(books, set, stored);
  const shown = query.select ? set.fields.filter(({ name }) => query.select!.includes(name)) : set.fields;
  const entity: Record<string, unknown> = { "@odata.etag": etagOf(stored) };
  for (const field of shown) entity[field.name] = toWire(field, row[field.name]);
  for (const { navigation, query: inner } of query.expand) {
    const target = knownSet(navigation.set);
    const value = row[navigation.from]!;
    const rows = value === "" ? [] : books.table(target.rowsOf).by(navigation.to, value);
    const rendered = arrange(books, target, rows, inner).map((each) => render(books, target, each, inner));
    entity[navigation.name] = navigation.many ? rendered : (rendered[0] ?? null);
  }
  return entity;
}

/** Rows as the query filters, orders and cuts them. */
export function arrange(books: Books, set: EntitySet, rows: Entity[], query: Query): Entity[] {
  const asked = [...(query.filter?.names ?? []), ...query.orderBy.map(({ name }) => name)];
  const view = asked.some((name) => isDerived(set, name))
    ? (row: Entity) => derive(books, set, row)
    : (row: Entity) => row;
  const found = query.filter ? rows.filter((row) => query.filter!.test(view(row))) : rows;
  const ordered = query.orderBy.length > 0 ? found.toSorted((a, b) => compare(view(a), view(b), query, set)) : found;
  const skipped = query.skip > 0 ? ordered.slice(query.skip) : ordered;
  return query.top === null ? skipped : skipped.slice(0, query.top);
}

function compare(a: Entity, b: Entity, query: Query, set: EntitySet): number {
  for (const { name, descending } of query.orderBy) {
    const isNumber = set.fields.find((field) => field.name === name)?.type === "decimal";
    const [left, right] = isNumber ? [Number(a[name]), Number(b[name])] : [a[name] ?? "", b[name] ?? ""];
    if (left !== right) return (left < right ? -1 : 1) * (descending ? -1 : 1);
  }
  return 0;
}

/** The rows of a set that a collection read starts from; an index serves what the filter pins. */
export function startRows(books: Books, set: EntitySet, query: Query): Entity[] {
  if (set.isPinned) checkPinned(query);
  return candidates(books, set, query).filter((row) => !books.isHidden(row.id));
}

function candidates(books: Books, set: EntitySet, query: Query): Entity[] {
  const table = books.table(set.rowsOf);
  const equals = query.filter?.equals ?? new Map<string, Set<Value>>();
  const ids = equals.get("id");
  if (ids) return [...ids].flatMap((id) => table.get(String(id)) ?? []);
  const pinned = [...equals].find(([name]) => isIndexed(set.rowsOf, name));
  return pinned ? [...pinned[1]].flatMap((value) => table.by(pinned[0], value)) : table.all();
}

/** v2.0's aggregated lines are loaded for one document. */
function checkPinned({ filter }: Query) {
  const ids = filter?.equals.get("id") ?? filter?.equals.get("documentId");
  if (!ids) throw dialog("You must specify an Id or a Document Id to get the lines.");
  if (ids.size > 1)
    throw dialog("The lines of one document can be read at a time; expand the documents to read the lines of several.");
}

/** One server page after the row that the token names. */
export function page(
  rows: Entity[],
  skipToken: string | null,
  size: number,
): { rows: Entity[]; skipToken: string | null } {
  const start = skipToken === null ? 0 : startAfter(rows, skipToken);
  const chosen = rows.slice(start, start + size);
  const isLast = start + size >= rows.length;
  return {
    rows: chosen,
    skipToken: isLast
      ? null
      : Buffer.from(JSON.stringify({ after: chosen.at(-1)!.id, at: start + size })).toString("base64url"),
  };
}

function startAfter(rows: Entity[], skipToken: string): number {
  try {
    const { after, at } = JSON.parse(Buffer.from(skipToken, "base64url").toString()) as { after: string; at: number };
    const index = rows.findIndex((row) => row.id === after);
    return index < 0 ? at : index + 1;
  } catch {
    throw dialog("The skip token is not valid.");
  }
}
