import { inTransaction, type Transaction } from "#shared/database.ts";
import type { OperationStatus, StepStatus } from "#shared/tables.ts";
import { counter } from "#shared/telemetry.ts";
import { sql } from "kysely";
import { reached } from "#orchestration/crash-points.ts";
import { type Effect, type Errand, LeaseLost } from "#orchestration/effects.ts";
import { type Also, findFacts, openReturn, type OpenReturn, type Stamp } from "#orchestration/facts.ts";
import type { Fact } from "#orchestration/facts-vocabulary.ts";
import type { Operation, OperationStep } from "#orchestration/operations.ts";
import { findAddress } from "#orchestration/return-addresses.ts";
import type { DecidingStep, Flow, Run, Step } from "#orchestration/step.ts";
import { waitingFor } from "#orchestration/waking.ts";
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
  steps: Map<number, StepRow>;
  /** Effects that are new or changed, by transaction key. */
  effects: Map<string, Effect>;
  /** Every transaction key of the return that has a row. */
  knownKeys: ReadonlySet<string>;
  /** Whether this operation has committed an intent that has no outcome and is not under way. */
  hasOpenIntents: boolean;
  /** W-24: after an epoch change nothing financial or physical is done until a person has released it. */
  effectsHeld: boolean;
};
export type StepRow = Omit<OperationStep, "started_at" | "finished_at"> & {
  started_at: Date;
  finished_at: Date | null;
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
  const now = performance.now();
  // Most rounds leave the due time alone: it is indexed, and the row is then updated in place.
  const renews = claim.endsAt - now < engine.times.leaseMs / 2;
  const { next, saved, change } = await inTransaction(engine.db, async (tx) => {
    const round = await openRound(engine, tx, claim);
    const decided = await work(round);
    const written = await round.open.save(rowsOf(round, renews));
    reached(`commit ${label} before`);
    return { next: decided, saved: written, change: round.change };
  });
  reached(`commit ${label} after`);
  if (next === over) ended.inc({ flow: claim.operation.flow, status: change.status });
  if (renews) claim.endsAt = now + engine.times.leaseMs;
  claim.state = saved.state;
  engine.committed({ facts: saved.facts.length, started: saved.started });
  if (change.waitingFor !== null && !isOurs(change.waitingFor)) engine.unreachable(change.waitingFor, now);
  return next;
}

/** What an operation waits for is a system, or something within this house. */
const isOurs = (reason: string): boolean => (Object.values(waitingFor) as string[]).includes(reason);

async function openRound(engine: Engine, tx: Transaction, claim: Claim): Promise<Round> {
  const { id, fence, return_id } = claim.operation;
  const open = await openReturn(tx, return_id!, claim.state);
  const { rows } = await sql<Operation & { held: boolean; effect_keys: string[]; open_intents: boolean }>`
    select o.*, exists (select from settings where key = 'effects-held') as held,
      array(select transaction_key from effects where return_id = o.return_id) as effect_keys,
      exists (
        select from effects where operation_id = o.id and sent_at is null and phase in ('INTENDED', 'DRAFTED', 'REFUSED')
      ) as open_intents
    from operations o where id = ${id} and fence = ${fence} and status = 'RUNNING' for update of o`.execute(tx);
  const [row] = rows;
  if (!row) throw new LeaseLost();
  const { held, effect_keys, open_intents: hasOpenIntents, ...operation } = row;
  const flow = engine.reactions.flows.find(
    ({ name, version }) => name === operation.flow && version === operation.flow_version,
  )!;
  const index = Math.max(
    0,
    flow.steps.findIndex(({ name }) => name === operation.step),
  );
  const { attempts, exception_id: exceptionId } = operation;
  const change: Change = { status: "RUNNING", attempts, progress: false, dueInMs: null, waitingFor: null, exceptionId };
  const run = {
    ...runOf(engine, claim, open.now),
    ...(flow.tellsFacts ? { fact: await toldFact(tx, operation) } : {}),
  };
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
    knownKeys: new Set(effect_keys),
    hasOpenIntents,
    effectsHeld: held,
  };
}

async function toldFact(tx: Transaction, { return_id: returnId, subject }: Operation): Promise<Fact> {
  const [fact] = (await findFacts(tx, [{ returnId: returnId!, version: Number(subject) }])).values();
  if (!fact) throw new Error(`${returnId} has no fact ${subject}`);
  return fact;
}

/** The call's deadline is what is left of the lease, less the margin (W-05). */
function runOf(engine: Engine, claim: Claim, now: Date): Run {
  const { id, flow, subject, correlation_id: correlationId } = claim.operation;
  const { systems, policies, installation, partnersDir, times } = engine;
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
  const readAddress = (addressId: string) => findAddress(engine.db, addressId);
  const ours = { policies, installation, partnersDir, readAddress };
  return { operationId: id, flow, subject, correlationId, systems, ...ours, now, call };
}

export const stepAt = ({ flow, index }: Round): Step | undefined => flow.steps[index];

type StepChange = {
  status: StepStatus;
  system?: string | null;
  attempts: number;
  error?: StepRow["last_error"];
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

/** Steps, effects and the operation's row: written with the facts, in one statement. */
function rowsOf(round: Round, renews: boolean): Also {
  const { operation, change, steps, effects, index, engine, flow } = round;
  const finished = change.status === "SUCCEEDED" || change.status === "CANCELLED" || change.status === "FAILED";
  const dueMs = change.dueInMs ?? engine.times.leaseMs;
  const parts = [];
  if (steps.size > 0) parts.push(stepsInto([...steps.values()]));
  if (effects.size > 0) parts.push(effectsInto([...effects.values()]));
  const last = sql`
    update operations set
      status = ${change.status}, step = ${flow.steps[index]?.name ?? operation.step}, attempts = ${change.attempts},
      waiting_for = ${change.waitingFor}, exception_id = ${change.exceptionId}, updated_at = clock_timestamp(),
      finished_at = case when ${finished} then clock_timestamp() end, claims = case when ${change.progress} then 0 else claims end,
      due_at = case when ${change.status === "RUNNING" && !renews} then due_at when ${change.status === "NEEDS_ATTENTION"} then ${never}::timestamptz
        else clock_timestamp() + make_interval(secs => ${dueMs / 1000}::float8) end
    where id = ${operation.id}`;
  return { parts, last };
}

/** Due when somebody has looked after its task. */
export const never = "9999-12-31T00:00:00Z";

const stepsInto = (rows: StepRow[]) => sql`
  noted as (
    insert into operation_steps (operation_id, position, name, system, status, attempts, last_error, reference, started_at, finished_at)
    select operation_id, position, name, system, status, attempts, last_error, reference, started_at, finished_at
    from jsonb_populate_recordset(null::operation_steps, ${JSON.stringify(rows)}::jsonb)
    on conflict (operation_id, position) do update set status = excluded.status, system = excluded.system, attempts = excluded.attempts,
      last_error = excluded.last_error, reference = excluded.reference, finished_at = excluded.finished_at
  )`;

const effectsInto = (rows: Effect[]) => sql`
  effected as (
    insert into effects (transaction_key, operation_id, step, return_id, lane, system, deed, request, request_hash, phase, draft_id,
      document_id, document_number, sent_at, drafts, look_ups, outcome)
    select transaction_key, operation_id, step, return_id, lane, system, deed, request, request_hash, phase, draft_id,
      document_id, document_number, sent_at, drafts, look_ups, nullif(outcome, 'null')
    from jsonb_populate_recordset(null::effects, ${JSON.stringify(rows)}::jsonb)
    on conflict (transaction_key) do update set operation_id = excluded.operation_id, step = excluded.step, phase = excluded.phase,
      draft_id = excluded.draft_id, document_id = excluded.document_id, document_number = excluded.document_number,
      sent_at = excluded.sent_at, drafts = excluded.drafts, look_ups = excluded.look_ups, outcome = excluded.outcome,
      updated_at = clock_timestamp()
  )`;
