import { coded } from "#shared/errors.ts";

export type PageArgs = { first?: number | null; after?: string | null };
/** Where a row stands in a list that is ordered by a value and, where that is the same, by id. */
export type Place = { value: string; id: string };
export type Page<Node> = {
  edges: { cursor: string; node: Node }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
};

const MOST = 100;
/** `totalCount` is counted up to here (W-28). */
export const COUNTED_UP_TO = 10_000;

/** How many rows a page has; BAD_USER_INPUT unless 1 to 100. */
export function sizeOf({ first }: PageArgs): number {
  const size = first ?? 20;
  if (size < 1 || size > MOST)
    throw coded("BAD_USER_INPUT", { problem: `first: ${size} is not from 1 to ${MOST}.`, field: "first" });
  return size;
}

const encode = ({ value, id }: Place, list: string): string =>
  Buffer.from(JSON.stringify([list, value, id])).toString("base64url");

/** The place a cursor names; CURSOR_INVALID for one of another list or none at all. */
export function placeOf({ after }: PageArgs, list: string): Place | null {
  if (after === null || after === undefined) return null;
  const [of, value, id] = parse(after);
  if (of !== list || !isMomentOfRow(value) || !isId(id)) throw coded("CURSOR_INVALID", { field: "after" });
  return { value, id };
}

const isId = (id: unknown): id is string => typeof id === "string" && /^\w{1,64}$/.test(id);

/** A time as PostgreSQL writes it, or `infinity` where a row has none; a forged one never reaches the database. */
function isMomentOfRow(value: unknown): value is string {
  if (typeof value !== "string") return false;
  const [, day] =
    /^(\d{4}-\d\d-\d\d) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?[+-]\d\d(?::\d\d)?$/.exec(value) ?? [];
  return value === "infinity" || (day !== undefined && isDay(day));
}

const isDay = (day: string): boolean => {
  const read = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(day);
};

function parse(cursor: string): unknown[] {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(read) ? read : [];
  } catch {
    return [];
  }
}

/** A page of `rows`, of which one more than `size` was read to know whether more follow. */
export function pageOf<Row, Node>(
  rows: readonly Row[],
  size: number,
  how: { list: string; after: Place | null; place: (row: Row) => Place; node: (row: Row) => Node },
): Page<Node> {
  const edges = rows.slice(0, size).map((row) => ({ cursor: encode(how.place(row), how.list), node: how.node(row) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > size,
      hasPreviousPage: how.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** A moment in a filter; BAD_USER_INPUT names the field. */
export function moment(text: string, field: string): Date {
  const isMoment =
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    isDay(text.slice(0, 10));
  if (!isMoment)
    throw coded("BAD_USER_INPUT", { problem: `${field}: ${JSON.stringify(text)} is no RFC 3339 time.`, field });
  return new Date(text);
}
