import type { Transaction } from "#shared/database.ts";
import { project } from "./project.ts";
import type { ReturnState } from "./return-state.ts";

/** The tables that are derived from a return's facts, with what names a row; rows are added and changed, never removed. */
const keys = {
  return_lines: ["id"],
  return_parts: ["id"],
  return_cases: ["case_id", "return_id"],
  receipts: ["warehouse", "number"],
  allocations: ["key", "line_id"],
  serials: ["company_id", "sku", "serial_number", "line_id"],
  labels: ["id"],
  credits: ["id"],
  approvals: ["id"],
  replacements: ["id"],
} as const;
type Part = keyof typeof keys;
export type ChangedReturn = { id: string; columns: Row };

/**
 * Writes what differs between two states of a return into the projections; `before` is null for a new one. The row of `returns` itself is given back
 * when it is there already, to be changed together with the append (facts.ts).
 */
export async function saveProjection(
  tx: Transaction,
  before: ReturnState | null,
  after: ReturnState,
): Promise<ChangedReturn | null> {
  const old = before && project(before);
  const next = project(after);
  if (!old) await tx.insertInto("returns").values(next.returns).execute();
  for (const table of Object.keys(keys) as Part[]) await saveRows(tx, table, old ? old[table] : [], next[table]);
  return old && { id: after.id, columns: differences(old.returns, next.returns) };
}

/** At least the version is another one. */
const differences = (old: Row, next: Row): Row =>
  Object.fromEntries(Object.entries(next).filter(([column, value]) => old[column] !== value));

type Row = Record<string, unknown>;

async function saveRows(tx: Transaction, table: Part, old: readonly Row[], next: readonly Row[]): Promise<void> {
  const known = new Set(old.map(textOf));
  const changed = next.filter((row) => !known.has(textOf(row)));
  if (changed.length === 0) return;
  const key: readonly string[] = keys[table];
  const columns = Object.keys(changed[0]!).filter((column) => !key.includes(column));
  // kysely can't follow the table in a union; the row types are checked where `project` makes them.
  const insert = (tx as unknown as Loose).insertInto(table).values(changed);
  await insert
    .onConflict((conflict) =>
      conflict
        .columns(key)
        .doUpdateSet((eb) => Object.fromEntries(columns.map((column) => [column, eb.ref(`excluded.${column}`)]))),
    )
    .execute();
}

const textOf = (row: Row): string => JSON.stringify(row);

type Conflict = {
  columns(names: readonly string[]): { doUpdateSet(set: (eb: { ref(name: string): unknown }) => Row): unknown };
};
type Loose = {
  insertInto(table: string): {
    values(rows: readonly Row[]): { onConflict(on: (conflict: Conflict) => unknown): { execute(): Promise<unknown> } };
  };
};
