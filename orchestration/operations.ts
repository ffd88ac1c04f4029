import type { Db, Transaction } from "#shared/database.ts";
import type { OperationStepsTable } from "#shared/tables.ts";
import { sql, type Selectable } from "kysely";
import type { Operation } from "./starting-operations.ts";

export type { Operation } from "./starting-operations.ts";
export type OperationStep = Selectable<OperationStepsTable>;
export type Resumed = { id: string; lane: string };

/** Operations by id, finished ones too; an unknown id is absent. */
export async function findOperations(db: Db | Transaction, ids: readonly string[]): Promise<Map<string, Operation>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom("operations").selectAll().where("id", "in", ids).execute();
  const missing = ids.filter((id) => !rows.some((row) => row.id === id));
  const done = missing.length
    ? await db.selectFrom("operations_done").selectAll().where("id", "in", missing).execute()
    : [];
  return new Map([...rows, ...done].map((row) => [row.id, row]));
}

/** Operations of returns, oldest first, finished ones too. */
export async function findOperationsOf(
  db: Db | Transaction,
  returnIds: readonly string[],
): Promise<Map<string, Operation[]>> {
  if (returnIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("operations")
    .selectAll()
    .where("return_id", "in", returnIds)
    .unionAll(db.selectFrom("operations_done").selectAll().where("return_id", "in", returnIds))
    .execute();
  return Map.groupBy(
    rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    ({ return_id }) => return_id!,
  );
}

/** Steps that were reached, in order; a step of the flow that is not among them is PENDING. */
export async function findSteps(
  db: Db | Transaction,
  operationIds: readonly string[],
): Promise<Map<string, OperationStep[]>> {
  if (operationIds.length === 0) return new Map();
  const columns = [
    "operation_id",
    "position",
    "name",
    "system",
    "status",
    "attempts",
    "last_error",
    "reference",
    "started_at",
    "finished_at",
  ] as const;
  const rows = await db
    .selectFrom("operation_steps")
    .select(columns)
    .where("operation_id", "in", operationIds)
    .unionAll(db.selectFrom("operation_steps_done").select(columns).where("operation_id", "in", operationIds))
    .execute();
  return Map.groupBy(
    rows.toSorted((a, b) => a.position - b.position),
    ({ operation_id }) => operation_id,
  );
}

type OfTask = { id: string; operation_id: string | null };

/** The operation that needs attention for this task is due again; null if none does. */
export async function resumeOperation(tx: Transaction, task: OfTask): Promise<Resumed | null> {
  const row = await ofTask(tx, task)
    .where("status", "=", "NEEDS_ATTENTION")
    .set({
      status: "WAITING",
      due_at: sql<Date>`clock_timestamp()`,
      claims: 0,
      attempts: 0,
      waiting_for: null,
      updated_at: sql<Date>`clock_timestamp()`,
    })
    .returning(["id", "lane"])
    .executeTakeFirst();
  return row ?? null;
}

/** The operation that needs attention for this task, or asks on by itself meanwhile, ends as CANCELLED; null if none does. */
export async function stopOperation(tx: Transaction, task: OfTask): Promise<Resumed | null> {
  const now = sql<Date>`clock_timestamp()`;
  const row = await ofTask(tx, task)
    .where("status", "in", ["NEEDS_ATTENTION", "WAITING"])
    .set({ status: "CANCELLED", finished_at: now, updated_at: now, waiting_for: null })
    .returning(["id", "lane"])
    .executeTakeFirst();
  return row ?? null;
}

const ofTask = (tx: Transaction, { id, operation_id }: OfTask) =>
  tx
    .updateTable("operations")
    .where("id", "=", operation_id ?? "")
    .where("exception_id", "=", id);
