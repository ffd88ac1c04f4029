import type { Transaction } from "#shared/database.ts";
import type { UserErrorCode } from "#shared/errors.ts";
import { categoryOf, ownerOf, type ExceptionCategory } from "#shared/exception-codes.ts";
import type { Role } from "#shared/caller.ts";
import { newId } from "#shared/ids.ts";
import type { Database, ExceptionsTable } from "#shared/tables.ts";
import { sql, type Selectable, type UpdateObject } from "kysely";
import { openReturn, QuarantinedReturn, type OpenReturn, type Stamp } from "./facts.ts";
import type { Actor, Fact, NewFact } from "./facts-vocabulary.ts";
import { resumeOperation, stopOperation, type Operation, type Resumed } from "./operations.ts";
import type { Task } from "./step.ts";

export type ExceptionTask = Selectable<ExceptionsTable>;
export type NewTask = Task & {
  /** One open task per cause: the same again is counted on the open one. */
  cause: string;
  returnId?: string | null;
  companyId?: string | null;
  operationId?: string | null;
  step?: string | null;
  inboxId?: string | null;
  /** Whether replaying makes something go on. */
  replayable?: boolean;
  /** Who owns the stage, for codes of category SLA. */
  stageOwner?: Role;
};

const hour = 3_600_000;
const dueIn: { [Category in ExceptionCategory]?: number } = { RECONCILIATION: 4 * hour, API_TIMEOUT: 4 * hour };

/**
 * Raises a task with an owner and its fact, once per open cause; gives the task's id. Where the caller holds the return open, its facts go into
 * that (`open`) and the caller saves. A quarantined return gets the task without the fact.
 */
export async function raiseTask(tx: Transaction, task: NewTask, stamp: Stamp, open?: OpenReturn): Promise<string> {
  if (open || !task.returnId) return write(tx, task, stamp, open);
  const own = await openUnlessQuarantined(tx, task.returnId);
  const id = await write(tx, task, stamp, own);
  await own?.save();
  return id;
}

async function openUnlessQuarantined(tx: Transaction, returnId: string): Promise<OpenReturn | undefined> {
  try {
    return await openReturn(tx, returnId);
  } catch (error) {
    if (error instanceof QuarantinedReturn) return undefined;
    throw error;
  }
}

async function write(tx: Transaction, task: NewTask, stamp: Stamp, open: OpenReturn | undefined): Promise<string> {
  const row = { ...rowOf(task, open?.now ?? new Date()), company_id: task.companyId ?? open?.state.companyId ?? null };
  const { id } = await tx
    .insertInto("exceptions")
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column("cause")
        .where("status", "<>", "RESOLVED")
        .doUpdateSet({
          attempts: sql`exceptions.attempts + 1`,
          status: sql`case when exceptions.owner_id is null then 'OPEN' else 'ASSIGNED' end`,
        }),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  await trail(tx, id, stamp.actor, "RAISED", null);
  if (id === row.id) open?.add(stamp, [raised(row)]);
  return id;
}

function rowOf(task: NewTask, now: Date) {
  const {
    code,
    summary,
    amounts,
    system = null,
    cause,
    operationId = null,
    step = null,
    inboxId = null,
    returnId = null,
  } = task;
  const category = categoryOf(code);
  return {
    ...{
      id: newId("exc"),
      return_id: returnId,
      category,
      code,
      status: "OPEN",
      owner_role: ownerOf(code, task.stageOwner),
    },
    ...{
      raised_at: now,
      due_at: new Date(now.getTime() + (dueIn[category] ?? 24 * hour)),
      summary,
      amounts: amounts ?? null,
      system,
    },
    ...{ operation_id: operationId, step, inbox_id: inboxId, cause, attempts: 1, replayable: task.replayable ?? false },
  };
}

const raised = (row: ReturnType<typeof rowOf>): NewFact => ({
  kind: "exception.raised",
  data: {
    ...{ exceptionId: row.id, category: row.category, code: row.code, owner: row.owner_role, summary: row.summary },
    ...(row.amounts === null ? {} : { amounts: row.amounts }),
    ...{ system: row.system, operationId: row.operation_id, step: row.step, dueAt: row.due_at.toISOString() },
  },
});

export type Refusal = { refused: { code: UserErrorCode; message: string } };
/** `operation` goes on or ended; `facts` and `started` are to be rung for after the commit, like it (ringing.ts). */
export type Handled = { task: ExceptionTask; operation: Resumed | null; facts: Fact[]; started: Operation[] } | Refusal;

/** Gives the task to a person. */
export function assignTask(
  tx: Transaction,
  id: string,
  change: { ownerId: string; note: string | null },
  stamp: Stamp,
): Promise<Handled> {
  const { ownerId, note } = change;
  return handle(tx, id, stamp, async (task) => {
    await set(tx, id, { owner_id: ownerId, status: task.status === "REPLAYING" ? "REPLAYING" : "ASSIGNED" });
    await trail(tx, id, stamp.actor, "ASSIGNED", note);
    return { facts: [{ kind: "exception.assigned", data: { exceptionId: id, ownerId, note } }], operation: null };
  });
}

export type Resolution = {
  resolution: "FIXED_OUTSIDE" | "WAIVED" | "CANCELLED" | "CONVERGED";
  note: string;
  reference: string | null;
};

/** Ends the task; what waited for it goes on (vocabulary section 3), or ends where it is CANCELLED. */
export function resolveTask(tx: Transaction, id: string, how: Resolution, stamp: Stamp): Promise<Handled> {
  return handle(tx, id, stamp, async (task) => {
    const { resolution, note, reference } = how;
    await set(tx, id, { status: "RESOLVED", resolved_at: sql<Date>`clock_timestamp()`, resolution, reference });
    await trail(tx, id, stamp.actor, "RESOLVED", note);
    const operation = resolution === "CANCELLED" ? await stopOperation(tx, task) : await resumeOperation(tx, task);
    const left = operation && resolution === "CANCELLED" ? await leaveEffects(tx, operation.id) : [];
    await dropFromInbox(tx, task);
    return { facts: [{ kind: "exception.resolved", data: { exceptionId: id, ...how } }, ...left], operation };
  });
}

/** Lets what failed go on as it is: the operation, the document in the inbox, or the folding of the return. CONFLICT where nothing waits for it. */
export function replayTask(
  tx: Transaction,
  id: string,
  { note }: { note: string | null },
  stamp: Stamp,
): Promise<Handled> {
  return handle(tx, id, stamp, async (task) => {
    if (!task.replayable) return refuse("CONFLICT", "Nothing waits for this task; resolve it when it is done.");
    const operation = await resumeOperation(tx, task);
    await replayInbox(tx, task);
    await set(tx, id, { status: "REPLAYING", attempts: sql<number>`attempts + 1` });
    await trail(tx, id, stamp.actor, "REPLAYED", note);
    const data = operation && { exceptionId: id, operationId: operation.id, note };
    return { facts: data ? [{ kind: "exception.replayed", data }] : [], operation };
  });
}

type Done = { facts: NewFact[]; operation: Resumed | null };

/** Locks return, then task, so that everybody takes them in this order. */
async function handle(
  tx: Transaction,
  id: string,
  stamp: Stamp,
  work: (task: ExceptionTask) => Promise<Done | Refusal>,
): Promise<Handled> {
  const known = await tx.selectFrom("exceptions").select("return_id").where("id", "=", id).executeTakeFirst();
  if (!known) return refuse("NOT_FOUND", "There is no such exception.");
  if (known.return_id) await liftQuarantine(tx, id, known.return_id);
  const open = known.return_id ? await openUnlessQuarantined(tx, known.return_id) : undefined;
  const task = await tx.selectFrom("exceptions").selectAll().where("id", "=", id).forUpdate().executeTakeFirstOrThrow();
  if (task.status === "RESOLVED") return refuse("CONFLICT", "This exception is resolved already.");
  const done = await work(task);
  if ("refused" in done) return done;
  const ambiguous = open?.state.ambiguous ?? {};
  open?.add(
    stamp,
    done.facts.filter((fact) => fact.kind !== "effect.resolved" || fact.data.transactionKey in ambiguous),
  );
  const { facts = [], started = [] } = (await open?.save()) ?? {};
  const changed = await tx.selectFrom("exceptions").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  return { task: changed, operation: done.operation, facts, started };
}

/** A person has ended an operation whose effect is not settled: nobody looks for its outcome any more, and its lane is free. */
async function leaveEffects(tx: Transaction, operationId: string): Promise<NewFact[]> {
  const left = await tx
    .updateTable("effects")
    .set({ phase: "REFUSED", sent_at: null, updated_at: sql<Date>`clock_timestamp()` })
    .where("operation_id", "=", operationId)
    .where("sent_at", "is not", null)
    .where("phase", "in", ["INTENDED", "POSTING", "AMBIGUOUS"])
    .returning("transaction_key")
    .execute();
  return left.map(({ transaction_key: transactionKey }) => ({
    kind: "effect.resolved",
    data: { transactionKey, outcome: "BY_PERSON" },
  }));
}

/** Looking after the task of a quarantine tries the return's facts again (W-22); if they still don't fold, the transaction fails as before. */
const liftQuarantine = (tx: Transaction, exceptionId: string, returnId: string) =>
  tx
    .updateTable("returns")
    .set({ quarantined: null })
    .where("id", "=", returnId)
    .where("quarantined", "is not", null)
    .where((eb) =>
      eb.exists(
        eb.selectFrom("exceptions").select("id").where("id", "=", exceptionId).where("code", "=", "UNFOLDABLE_FACT"),
      ),
    )
    .execute();

/** A replayed task whose operation got past the place: it is resolved by itself. */
export async function converge(tx: Transaction, exceptionId: string, stamp: Stamp, open: OpenReturn): Promise<void> {
  const task = await lockTask(tx, exceptionId);
  if (task?.status === "REPLAYING") await endByItself(tx, exceptionId, "The replay went through.", stamp, open);
}

/** The task of an outcome that could not be asked for (W-03): not replayable, for we ask on without anybody; null for another task, or none. */
export async function unansweredTask(tx: Transaction, exceptionId: string | null): Promise<ExceptionTask | null> {
  const task = exceptionId === null ? undefined : await lockTask(tx, exceptionId);
  return task?.code === "OUTCOME_UNKNOWN" && !task.replayable ? task : null;
}

/** The answer has come: such a task is resolved by itself. */
export async function answerCame(tx: Transaction, { id, status }: ExceptionTask, stamp: Stamp, open: OpenReturn) {
  if (status !== "RESOLVED") await endByItself(tx, id, "The system has answered.", stamp, open);
}

/** The open task of a cause goes to another owner, and nobody has it until somebody takes it; its id, or null where none is open. */
export async function escalateTask(tx: Transaction, cause: string, owner: Role, stamp: Stamp): Promise<string | null> {
  const task = await tx
    .updateTable("exceptions")
    .set({ owner_role: owner, owner_id: null, status: "OPEN" })
    .where("cause", "=", cause)
    .where("status", "<>", "RESOLVED")
    .returning("id")
    .executeTakeFirst();
  if (task) await trail(tx, task.id, stamp.actor, "ESCALATED", null);
  return task?.id ?? null;
}

/** What it asks for is not wanted any more: it is resolved, and what waited for it ends; nothing happens where somebody resolved it before. */
export async function fellAway(
  tx: Transaction,
  exceptionId: string,
  note: string,
  stamp: Stamp,
  open: OpenReturn,
): Promise<void> {
  const task = await lockTask(tx, exceptionId);
  if (!task || task.status === "RESOLVED") return;
  await endByItself(tx, exceptionId, note, stamp, open);
  await stopOperation(tx, task);
}

const lockTask = (tx: Transaction, id: string): Promise<ExceptionTask | undefined> =>
  tx.selectFrom("exceptions").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();

async function endByItself(
  tx: Transaction,
  exceptionId: string,
  note: string,
  stamp: Stamp,
  open: OpenReturn,
): Promise<void> {
  const data = { exceptionId, resolution: "CONVERGED", note, reference: null } as const;
  await set(tx, exceptionId, {
    status: "RESOLVED",
    resolved_at: sql<Date>`clock_timestamp()`,
    resolution: data.resolution,
  });
  await trail(tx, exceptionId, stamp.actor, "RESOLVED", note);
  open.add(stamp, [{ kind: "exception.resolved", data }]);
}

const refuse = (code: UserErrorCode, message: string): Refusal => ({ refused: { code, message } });

const trail = (tx: Transaction, exception_id: string, actor: Actor, action: string, note: string | null) =>
  tx
    .insertInto("exception_trail")
    .values({ exception_id, actor: JSON.stringify(actor), action, note })
    .execute();

const set = (tx: Transaction, id: string, values: UpdateObject<Database, "exceptions">) =>
  tx.updateTable("exceptions").set(values).where("id", "=", id).execute();

const dropFromInbox = (tx: Transaction, { inbox_id }: ExceptionTask) =>
  tx
    .updateTable("inbox")
    .set({ status: "DROPPED", processed_at: sql<Date>`clock_timestamp()` })
    .where("id", "=", inbox_id ?? "")
    .where("status", "in", ["FAILED", "PARKED"])
    .execute();

const replayInbox = (tx: Transaction, { inbox_id }: ExceptionTask) =>
  tx
    .updateTable("inbox")
    .set({ status: "RECEIVED", due_at: sql<Date>`clock_timestamp()`, attempts: 0 })
    .where("id", "=", inbox_id ?? "")
    .where("status", "=", "FAILED")
    .execute();
