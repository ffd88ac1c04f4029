import { inTransaction, type Transaction } from "#shared/database.ts";
import type { OperationStepsTable, OperationStatus, StepStatus } from "#shared/tables.ts";
import { counter } from "#shared/telemetry.ts";
import { sql, type Insertable } from "kysely";
import { reached } from "#orchestration/crash-points.ts";
import { type Effect, type Errand, LeaseLost } from "#orchestration/effects.ts";
import { openReturn, type OpenReturn, type Stamp } from "#orchestration/facts.ts";
import type { Operation } from "#orchestration/starting-operations.ts";
import type { DecidingStep, Flow, Run, Step } from "#orchestration/step.ts";
import { stampOf, type Claim, type Engine } from "./engine.ts";

/** One transaction of a run: the return under its row lock, the operation under its fence, and what will be written of both. */
export type Round = {
  engine: Engine;
  tx: Transaction;
  open: OpenReturn;
  stamp: Stamp;
  run: Run;
  flow: Flow;
  /** The row as it stands; `change` is what `save` writes. */
  operation: Operation;
  change: Change;
  /** The step that is reached. */
  index: number;
  steps: Map<number, Insertable<OperationStepsTable>>;
  /** Effects that are new or changed, by transaction key. */
  effects: Map<string, Effect>;
  /** W-24: after an epoch change nothing financial or physical is done until a person has released it. */
  effectsHeld: boolean;
};
export type Change = {
  status: OperationStatus;
  attempts: number;
  /** Something was achieved, or failed in order: the claims are counted from nothing again (W-10). */
  progress: boolean;
  dueInMs: number | null;
  waitingFor: string | null;
  exceptionId: string | null;
};

/** What has to happen outside of the transaction before the next one; "over": nothing, the run ends here. */
export type Next =
  | { io: "over" }
  | { io: "read"; step: DecidingStep; round: Pick<Round, "run" | "index"> & { state: OpenReturn["state"] } }
  | { io: "call"; errand: Omit<Errand, "keepLease"> };

export const over: Next = { io: "over" };

const ended = counter("operation_runs_total", "Runs of operations by flow and how they ended", ["flow", "status"]);

/** Runs `work` in a round and commits: facts, projections, started operations, effects, steps and the operation's row together. Throws LeaseLost. */
export async function inRound(
  engine: Engine,
  claim: Claim,
  label: string,
  work: (round: Round) => Promise<Next>,
): Promise<Next> {
  const endsAt = performance.now() + engine.times.leaseMs;
  const { next, saved, status } = await inTransaction(engine.db, async (tx) => {
    const round = await openRound(engine, tx, claim);
    const decided = await work(round);
    const written = await round.open.save();
    await saveRound(round);
    reached(`commit ${label} before`);
    return { next: decided, saved: written, status: round.change.status };
  });
  reached(`commit ${label} after`);
  if (next === over) ended.inc({ flow: claim.operation.flow, status });
  claim.endsAt = endsAt;
  claim.state = saved.state;
  engine.committed({ facts: saved.facts.length, started: saved.started });
  return next;
}

async function openRound(engine: Engine, tx: Transaction, claim: Claim): Promise<Round> {
  const { id, fence, return_id } = claim.operation;
  const open = await openReturn(tx, return_id!, claim.state);
  const row = await tx
    .selectFrom("operations")
    .selectAll()
    .select((eb) => eb.exists(eb.selectFrom("settings").select("key").where("key", "=", "effects-held")).as("held"))
    .where("id", "=", id)
    .where("fence", "=", fence)
    .where("status", "=", "RUNNING")
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new LeaseLost();
  const { held, ...operation } = row;
  const flow = engine.reactions.flows.find(
    ({ name, version }) => name === operation.flow && version === operation.flow_version,
  )!;
  const index = Math.max(
    0,
    flow.steps.findIndex(({ name }) => name === operation.step),
  );
  const { attempts, exception_id: exceptionId } = operation;
  const change: Change = { status: "RUNNING", attempts, progress: false, dueInMs: null, waitingFor: null, exceptionId };
  const run = runOf(engine, claim, open.now);
  return {
    engine,
    tx,
    open,
    stamp: stampOf(operation, engine.reactions),
    run,
    flow,
    operation,
    change,
    index,
    steps: new Map(),
    effects: new Map(),
    effectsHeld: Boolean(held),
  };
}

/** The call's deadline is what is left of the lease, less the margin (W-05). */
function runOf(engine: Engine, claim: Claim, now: Date): Run {
  const { id, flow, subject, correlation_id: correlationId } = claim.operation;
  const { systems, policies, installation, times } = engine;
  const leftMs = () => Math.max(1, Math.floor(claim.endsAt - performance.now() - times.leaseMarginMs));
  const call = {
    correlationId,
    get deadlineMs() {
      return leftMs();
    },
    get signal() {
      return AbortSignal.timeout(leftMs());
    },
  };
  return { operationId: id, flow, subject, correlationId, systems, policies, installation, now, call };
}

export const stepAt = ({ flow, index }: Round): Step | undefined => flow.steps[index];

type StepChange = {
  status: StepStatus;
  system?: string | null;
  attempts: number;
  error?: Insertable<OperationStepsTable>["last_error"];
  reference?: string | null;
};

/** Notes how the step that is reached stands. */
export function noteStep(
  round: Round,
  { status, system = null, attempts, error = null, reference = null }: StepChange,
): void {
  const { operation, index, open, steps } = round;
  const finished = status === "DONE" || status === "SKIPPED" || status === "HANDED_OVER" || status === "UNDONE";
  steps.set(index, {
    ...{ operation_id: operation.id, position: index, name: stepAt(round)!.name, system, status, attempts },
    ...{ last_error: error, reference, started_at: open.now, finished_at: finished ? open.now : null },
  });
}

/** Steps, effects and the operation's row in one statement. */
async function saveRound(round: Round): Promise<void> {
  const { tx, operation, change, steps, effects } = round;
  const now = sql<Date>`clock_timestamp()`;
  const finished = change.status === "SUCCEEDED" || change.status === "CANCELLED" || change.status === "FAILED";
  const due = (change.dueInMs ?? round.engine.times.leaseMs) / 1000;
  let writer: Transaction = tx;
  if (steps.size > 0)
    writer = writer.with("noted", (db) => stepsInto(db, [...steps.values()])) as unknown as Transaction;
  if (effects.size > 0)
    writer = writer.with("effected", (db) => effectsInto(db, [...effects.values()])) as unknown as Transaction;
  await writer
    .updateTable("operations")
    .set({
      ...{ status: change.status, step: stepAt(round)?.name ?? operation.step, attempts: change.attempts },
      ...{ waiting_for: change.waitingFor, exception_id: change.exceptionId, updated_at: now },
      finished_at: finished ? now : null,
      due_at:
        change.status === "NEEDS_ATTENTION" ? never : sql<Date>`clock_timestamp() + make_interval(secs => ${due})`,
      ...(change.progress ? { claims: 0 } : {}),
    })
    .where("id", "=", operation.id)
    .execute();
}

/** Due when somebody has looked after its task. */
export const never = "9999-12-31T00:00:00Z";

type Writer = Pick<Transaction, "insertInto">;

const stepsInto = (db: Writer, rows: Insertable<OperationStepsTable>[]) =>
  db
    .insertInto("operation_steps")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["operation_id", "position"]).doUpdateSet((eb) => ({
        ...{ status: eb.ref("excluded.status"), system: eb.ref("excluded.system") },
        ...{ attempts: eb.ref("excluded.attempts"), last_error: eb.ref("excluded.last_error") },
        ...{ reference: eb.ref("excluded.reference"), finished_at: eb.ref("excluded.finished_at") },
      })),
    );

const effectsInto = (db: Writer, rows: Effect[]) =>
  db
    .insertInto("effects")
    .values(
      rows.map((row) => ({
        ...row,
        request: JSON.stringify(row.request),
        outcome: row.outcome === null ? null : JSON.stringify(row.outcome),
      })),
    )
    .onConflict((conflict) =>
      conflict.column("transaction_key").doUpdateSet((eb) => ({
        ...{
          operation_id: eb.ref("excluded.operation_id"),
          step: eb.ref("excluded.step"),
          phase: eb.ref("excluded.phase"),
        },
        ...{ draft_id: eb.ref("excluded.draft_id"), document_id: eb.ref("excluded.document_id") },
        ...{ document_number: eb.ref("excluded.document_number"), sent_at: eb.ref("excluded.sent_at") },
        ...{
          drafts: eb.ref("excluded.drafts"),
          look_ups: eb.ref("excluded.look_ups"),
          outcome: eb.ref("excluded.outcome"),
        },
        updated_at: sql`clock_timestamp()`,
      })),
    );
