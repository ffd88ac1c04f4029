import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { readCondition, readResult, type Condition, type Value } from "./cells.ts";
import { columnType, type ColumnType } from "./column-types.ts";

/** A decision table as operations people write it, read and typed. */
export type Table = {
  decision: string;
  version: string;
  /** "first": the first row that fits. "all": every row that fits; the one without `if` speaks when no other does. */
  take: "first" | "all";
  mayBeEmpty: boolean;
  columns: Record<string, ColumnType>;
  results: Record<string, ColumnType>;
  rows: TableRow[];
};
export type TableRow = {
  rule: string;
  /** `row 3 (FE-03), line 21` */
  place: string;
  if: Record<string, Condition>;
  then: Record<string, Value>;
  /** Rules that this row stands before on purpose; "rest" is all that follow. */
  before: readonly string[] | "rest";
  replaces: readonly string[];
};

const header = z.strictObject({
  decision: z.string(),
  version: z.string({ error: "must be text in quotes" }),
  take: z.enum(["first", "all"]),
  mayBeEmpty: z.enum(["yes", "no"]).optional(),
  if: z.record(z.string(), z.string()),
  then: z.record(z.string(), z.string()),
  rows: z.array(z.unknown()).min(1),
});
const row = z.strictObject({
  rule: z.string().regex(/^[A-Z]{2}-[A-Z0-9-]+$/, "must look like EL-01"),
  if: z.record(z.string(), z.unknown()).optional(),
  then: z.record(z.string(), z.unknown()),
  before: z.union([z.literal("rest"), z.array(z.string())]).optional(),
  replaces: z.array(z.string()).optional(),
});

/** Reads a table; `mistakes` gets a sentence for each thing that is wrong, and null comes back when its head can't be read. */
export function readTable(text: string, mistakes: string[]): Table | null {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    mistakes.push(...document.errors.map(({ message }) => (message.split("\n")[0] ?? message).replace(/:$/, "")));
    return null;
  }
  const head = header.safeParse(document.toJS());
  if (!head.success) {
    mistakes.push(...sentences(head.error));
    return null;
  }
  const { decision, version, take, mayBeEmpty } = head.data;
  const columns = readColumns("if", head.data.if, mistakes);
  const results = readColumns("then", head.data.then, mistakes);
  const rows = head.data.rows.flatMap((raw, i) => {
    const start = (document.getIn(["rows", i], true) as { range?: [number, number, number] } | undefined)?.range?.[0];
    return readRow(
      raw,
      `row ${i + 1}`,
      start === undefined ? "" : `, line ${lines.linePos(start).line}`,
      { columns, results },
      mistakes,
    );
  });
  return { decision, version, take, mayBeEmpty: mayBeEmpty === "yes", columns, results, rows };
}

function readColumns(part: string, named: Record<string, string>, mistakes: string[]): Record<string, ColumnType> {
  const types: Record<string, ColumnType> = {};
  for (const [name, text] of Object.entries(named)) {
    const type = columnType(text);
    if (type) types[name] = type;
    else mistakes.push(`${part}: column ${name} has the unknown type ${text}`);
  }
  return types;
}

type Columns = { columns: Record<string, ColumnType>; results: Record<string, ColumnType> };

function readRow(
  raw: unknown,
  number: string,
  line: string,
  { columns, results }: Columns,
  mistakes: string[],
): TableRow[] {
  const read = row.safeParse(raw);
  if (!read.success) {
    mistakes.push(...sentences(read.error).map((sentence) => `${number}${line}: ${sentence}`));
    return [];
  }
  const { rule, before = [], replaces = [] } = read.data;
  const place = `${number} (${rule})${line}`;
  const say = (what: string, why: string) => mistakes.push(`${place}: ${what}: ${why}`);
  for (const name of Object.keys(read.data.then))
    if (!Object.hasOwn(results, name)) say(`then.${name}`, "the table gives no such column");
  const conditions = readCells(read.data.if ?? {}, columns, (name, why) => say(`if.${name}`, why));
  const given = Object.entries(results).map(([name, type]) => [
    name,
    attempt(
      () => readResult(read.data.then[name], type),
      (why) => say(`then.${name}`, why),
    ),
  ]);
  return [{ rule, place, if: conditions, then: Object.fromEntries(given), before, replaces }];
}

function readCells(
  cells: Record<string, unknown>,
  columns: Record<string, ColumnType>,
  say: (name: string, why: string) => void,
): Record<string, Condition> {
  const conditions: Record<string, Condition> = {};
  for (const [name, cell] of Object.entries(cells)) {
    const type = Object.hasOwn(columns, name) ? columns[name] : undefined;
    const condition =
      type &&
      attempt(
        () => readCondition(cell, type),
        (why) => say(name, why),
      );
    if (condition) conditions[name] = condition;
    if (!type) say(name, "the table knows no such column");
  }
  return conditions;
}

function attempt<Read>(read: () => Read, failed: (why: string) => void): Read | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    failed(error.message);
    return null;
  }
}

const sentences = (error: z.ZodError): string[] =>
  error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`);
