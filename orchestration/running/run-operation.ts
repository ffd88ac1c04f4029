import { inTransaction } from "#shared/database.ts";
import { SystemFailure, TransientFailure } from "#shared/errors.ts";
import { readThrough } from "#shared/snapshots.ts";
import { codeOf, CORRELATION_ATTRIBUTE, failSpan, inSpan, type RunningSpan } from "#shared/tracing.ts";
import { sql } from "kysely";
import { reached } from "#orchestration/crash-points.ts";
import { LeaseLost, perform, type Effect, type Errand, type Outcome } from "#orchestration/effects.ts";
import { QuarantinedReturn } from "#orchestration/facts.ts";
import { NewerFacts } from "#orchestration/reading-facts.ts";
import { quarantine } from "#orchestration/quarantine.ts";
import { UnfoldableFact } from "#orchestration/fold.ts";
import { waitingFor } from "#orchestration/waking.ts";
import { advance, decideOn } from "./advancing.ts";
import { stop, wait } from "./ending.ts";
import { stampOf, type Claim, type Engine } from "./engine.ts";
import { errandOf, type EffectStep } from "./sending.ts";
import { pauseFor } from "./pausing.ts";
import { inRound, type Next, type Round } from "./round.ts";
import { broken, settle } from "./settling.ts";

/** Runs a claimed operation until it ends, waits or needs a person. Never throws: what can't be recorded is left to the end of the lease. */
export function runOperation(engine: Engine, claim: Claim): Promise<void> {
  const { flow, id, correlation_id: correlationId } = claim.operation;
  return inSpan(
    `run ${flow}`,
    { root: true, attributes: { operation: id, [CORRELATION_ATTRIBUTE]: correlationId } },
    (span) => run(engine, claim, span),
  );
}

async function run(engine: Engine, claim: Claim, span: RunningSpan): Promise<void> {
  const { flow } = claim.operation;
  try {
    let next = await inRound(engine, claim, `${flow}/claim`, begin);
    while (next.io !== "over") next = await step(engine, claim, next);
  } catch (error) {
    failSpan(span, codeOf(error));
    await give(engine, claim, error);
  }
}

/** The first round of a claim: no progress again and again is a task; an effect without an outcome is looked up before anything else (W-05, W-10). */
async function begin(round: Round): Promise<Next> {
  const { operation, engine, flow } = round;
  if (operation.claims > engine.times.maxClaims) return stop(round, noProgress(operation.flow, operation.claims - 1));
  const unsettled = operation.step === null ? undefined : await unsettledEffect(round);
  if (!unsettled) return advance(round);
  if (round.effectsHeld) return wait(round, waitingFor.release);
  round.index = flow.steps.findIndex(({ name }) => name === unsettled.step);
  return errandOf(round, flow.steps[round.index] as EffectStep, unsettled, false);
}

const unsettledEffect = ({ tx, operation }: Round): Promise<Effect | undefined> =>
  tx
    .selectFrom("effects")
    .selectAll()
    .where("operation_id", "=", operation.id)
    .where("sent_at", "is not", null)
    .where("phase", "in", ["INTENDED", "POSTING", "AMBIGUOUS"])
    .forUpdate()
    .executeTakeFirst();

const noProgress = (flow: string, claims: number) => ({
  code: "NO_PROGRESS" as const,
  summary: `${flow} was claimed ${claims} times without getting on.`,
});

function step(engine: Engine, claim: Claim, next: Exclude<Next, { io: "over" }>): Promise<Next> {
  if (next.io === "read") return inSpan(`read ${next.step.name}`, {}, () => read(engine, claim, next));
  return inSpan(`call ${next.errand.step.name}`, {}, () => call(engine, claim, next));
}

async function call(engine: Engine, claim: Claim, next: Extract<Next, { io: "call" }>): Promise<Next> {
  const errand: Errand = { ...next.errand, keepLease: () => keepLease(engine, claim) };
  const outcome = await perform(errand);
  // Our own database says nothing of the system: the lease ends, and what was done is looked up (W-05, W-10).
  if (outcome.is === "failed" && ofTheDatabase(outcome.error)) throw outcome.error;
  if (!failedSomehow(outcome)) engine.answered(errand.effect.system);
  return inRound(engine, claim, errand.place, (round) => settle(round, { ...errand, outcome }));
}

const failedSomehow = (outcome: Outcome): boolean => outcome.is === "failed" && outcome.error instanceof SystemFailure;

async function read(
  engine: Engine,
  claim: Claim,
  { step: deciding, round: at }: Extract<Next, { io: "read" }>,
): Promise<Next> {
  const place = `${claim.operation.flow}/${deciding.name}`;
  try {
    reached(`call ${place} read before`);
    const reading = await deciding.read!(at.state, at.run, (asked) => readThrough(engine, asked));
    reached(`call ${place} read after`);
    return await inRound(engine, claim, place, (round) => decideOn(round, reading));
  } catch (error) {
    if (error instanceof TransientFailure)
      return inRound(engine, claim, place, (round) => pauseFor(round, deciding, error));
    if (error instanceof SystemFailure) return inRound(engine, claim, place, (round) => broken(round, null, error));
    throw error;
  }
}

/** Before each call: what is left of the lease must be enough, else it is made longer under the fence (W-05). */
async function keepLease({ db, times }: Engine, claim: Claim): Promise<void> {
  if (claim.endsAt - performance.now() > times.leaseMs / 2) return;
  const endsAt = performance.now() + times.leaseMs;
  const { numUpdatedRows } = await db
    .updateTable("operations")
    .set({ due_at: sql<Date>`clock_timestamp() + make_interval(secs => ${times.leaseMs / 1000})` })
    .where("id", "=", claim.operation.id)
    .where("fence", "=", claim.operation.fence)
    .where("status", "=", "RUNNING")
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw new LeaseLost();
  claim.endsAt = endsAt;
}

/** What stopped the run. */
async function give(engine: Engine, claim: Claim, error: unknown): Promise<void> {
  const { log, db } = engine;
  const { operation } = claim;
  const about = { operation: operation.id, flow: operation.flow, correlationId: operation.correlation_id };
  try {
    if (error instanceof LeaseLost) return log.info(about, "another worker has taken the operation over");
    if (error instanceof UnfoldableFact) {
      await quarantine(db, error, stampOf(operation, engine.reactions));
      return await putOff(engine, claim);
    }
    if (error instanceof QuarantinedReturn || error instanceof NewerFacts) return await putOff(engine, claim);
    if (ofTheDatabase(error)) return log.warn({ ...about, err: error }, "the database failed; the lease will end");
    await inRound(engine, claim, `${operation.flow}/broken`, (round) => broken(round, null, error));
  } catch (err) {
    log.error({ ...about, err, while: error }, "an operation could not be given back; its lease will end");
  }
}

/** Not ours to run for now: another version of the program, or people, come first. */
const putOff = ({ db, times }: Engine, { operation }: Claim): Promise<void> =>
  inTransaction(db, async (tx) => {
    await tx
      .updateTable("operations")
      .set({
        status: "WAITING",
        claims: 0,
        due_at: sql<Date>`clock_timestamp() + make_interval(secs => ${times.retryMaxMs / 1000})`,
      })
      .where("id", "=", operation.id)
      .where("fence", "=", operation.fence)
      .execute();
  });

/** Connection, resources, shutdown, time-outs: classes 08, 25, 40, 53, 55, 57, and what has no class because there was no connection. */
function ofTheDatabase(error: unknown): boolean {
  if (error instanceof SystemFailure) return false;
  const code = String((error as { code?: unknown }).code ?? "");
  if (/^(08|25|40|53|55|57)/.test(code) || /^(ECONN|EPIPE|ETIMEDOUT|ENOENT)/.test(code)) return true;
  return (
    error instanceof Error &&
    /connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|driver has already been destroyed/i.test(
      error.message,
    )
  );
}
