import type { Answer, SandboxRequest } from "../http.ts";
import { SalesforceError } from "./errors.ts";
import type { ObjectType } from "./objects.ts";
import type { Org, RecordRow } from "./org.ts";
import { renderRow } from "./render.ts";
import type { Settings } from "./settings.ts";
import type { Reached } from "./soql-check.ts";
import { runSoql } from "./soql-run.ts";

type Cursor = { type: ObjectType; rows: RecordRow[]; columns: Reached[]; size: number };

/** Queries and their further pages; what a query found is kept as it was, page by page. */
export function createQueries(org: Org, settings: Settings) {
  const cursors = new Map<string, Cursor>();
  let count = 0;

  const page = (version: string, locator: string, cursor: Cursor, from: number): Answer => {
    const { type, rows, columns, size } = cursor;
    const until = Math.min(from + size, rows.length);
    const records = rows.slice(from, until).map((row) => renderRow(org, version, type, row, columns));
    const next = { nextRecordsUrl: `/services/data/${version}/query/${locator}-${until}` };
    const done = until >= rows.length;
    return { status: 200, body: { totalSize: rows.length, done, ...(done ? {} : next), records } };
  };

  return {
    run(version: string, text: string, request: SandboxRequest): Answer {
      const { type, rows, columns } = runSoql(org, text);
      if (columns === null) return { status: 200, body: { totalSize: rows.length, done: true, records: [] } };
      const locator = `01gBk0000000${String((count += 1)).padStart(3, "0")}AAA`;
      const cursor = { type, rows, columns, size: sizeOf(request, settings) };
      if (cursor.size < rows.length) cursors.set(locator, cursor);
      return page(version, locator, cursor, 0);
    },
    more(version: string, place: string): Answer {
      const [, locator = "", from = ""] = /^(\w+)-(\d+)$/.exec(place) ?? [];
      const cursor = cursors.get(locator);
      if (!cursor) throw new SalesforceError(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
      return page(version, locator, cursor, Number(from));
    },
    clear: () => cursors.clear(),
  };
}

/** `Sforce-Query-Options: batchSize=200`; the org takes 200 to 2,000, a test any size. */
function sizeOf({ headers, fault }: SandboxRequest, { pageSize }: Settings): number {
  if (fault?.kind === "page-size") return fault.size;
  const [, asked] = /batchSize=(\d+)/i.exec(headers["sforce-query-options"] ?? "") ?? [];
  return asked === undefined ? pageSize : Math.min(Math.max(Number(asked), 200), 2_000);
}

export type Queries = ReturnType<typeof createQueries>;
