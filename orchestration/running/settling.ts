import {
  AmbiguousOutcome,
  BusinessRefusal,
  ProgramBug,
  SystemFailure,
  TransientFailure,
  type ExceptionCode,
} from "#shared/errors.ts";
import { isExceptionCode } from "#shared/exception-codes.ts";
import { undoesIntent, type Effect, type Outcome } from "#orchestration/effects.ts";
import type { Task } from "#orchestration/step.ts";
import { answerCame, unansweredTask } from "#orchestration/exceptions.ts";
import { advance } from "./advancing.ts";
import { finish, raise, stepDone, stop } from "./ending.ts";
import { pauseFor, pauseMs, told } from "./pausing.ts";
import { recordDiscarded, recordDone, recordDrafted, resolve } from "./recording.ts";
import { noteStep, over, type Next, type Round } from "./round.ts";
import { changeEffect, type EffectStep } from "./sending.ts";
import { recordOvertaken, recordUndone } from "./undoing.ts";

/** What a call came to, and how its effect stood before. */
export type Settled = { step: EffectStep; effect: Effect; fresh: boolean; outcome: Outcome };

/** Records the outcome of a call and goes on from there, in one round (W-05). */
export async function settle(round: Round, settled: Settled): Promise<Next> {
  if (isAnswer(settled.outcome)) await endUnanswered(round);
  return (await record(round, settled)) ?? advance(round);
}

const isAnswer = (outcome: Outcome): boolean =>
  outcome.is !== "unknown" && !(outcome.is === "failed" && isNoAnswer(outcome));

/** Asked, and nothing was heard: the system is away, or does not say. */
const isNoAnswer = ({ error, during }: Extract<Outcome, { is: "failed" }>): boolean =>
  error instanceof TransientFailure || (error instanceof AmbiguousOutcome && during === "look-up");

function record(round: Round, settled: Settled): Promise<Next | null> {
  const { step, effect, outcome } = settled;
  switch (outcome.is) {
    case "drafted":
      // Whoever looked first may have drafted before: there may be strays.
      return recordDrafted(
        round,
        step,
        settled.fresh ? effect : { ...effect, drafts: effect.drafts + 1 },
        outcome.document,
      );
    case "posted":
      return done(round, settled, outcome.document);
    case "answered":
      return done(round, settled, outcome.answer);
    case "discarded":
      return undoesIntent(step, effect)
        ? recordUndone(round, effect)
        : recordDiscarded(round, step, effect, outcome.document);
    case "absent":
      return nothingThere(round, settled);
    case "unknown":
      return stillAmbiguous(round, settled, "unreachable");
    case "two":
      return forPeople(
        round,
        settled,
        "TWO_DOCUMENTS_FOUND",
        `${effect.system} holds two documents with the key ${effect.transaction_key}.`,
      );
    case "differs":
      return forPeople(
        round,
        settled,
        "CONTENT_DIFFERS",
        `${effect.system} holds ${effect.transaction_key} with other content.`,
      );
    case "too-late":
      return refused(round, settled, "UNDO_REFUSED");
    case "failed":
      return failed(round, settled, outcome);
  }
}

const done = (round: Round, { step, effect }: Settled, outcome: unknown): Promise<null> =>
  undoesIntent(step, effect) ? recordOvertaken(round, step, effect, outcome) : recordDone(round, step, effect, outcome);

function failed(
  round: Round,
  settled: Settled,
  { error, during, wrote }: Extract<Outcome, { is: "failed" }>,
): Promise<Next | null> {
  const { effect } = settled;
  const fresh = settled.fresh && !wrote;
  const writing = during === "write";
  if (error instanceof TransientFailure)
    return fresh ? nothingDone(round, settled, error) : stillAmbiguous(round, settled, "unreachable", error);
  if (error instanceof AmbiguousOutcome && !writing)
    return fresh ? nothingDone(round, settled, error) : stillAmbiguous(round, settled, "unreachable", error);
  if (error instanceof AmbiguousOutcome) return stillAmbiguous(round, settled, "call", error);
  if (error instanceof BusinessRefusal && writing && !perhapsUnderWay(round, settled, error))
    return refused(round, settled, error.code);
  if (error instanceof BusinessRefusal && (writing || !fresh))
    return stillAmbiguous(round, settled, writing ? "call" : "look-up", error);
  if (error instanceof ProgramBug && writing && error.code === "RESPONSE_INVALID")
    return stillAmbiguous(round, settled, "call", error);
  return broken(round, { effect, certain: error instanceof SystemFailure && fresh }, error);
}

/** A refusal while an earlier request may still be at work says nothing about that one; nor does a draft that is gone when we post it (D-28). */
const perhapsUnderWay = (round: Round, { step, effect, fresh }: Settled, error: BusinessRefusal): boolean =>
  (error.code === "NOT_FOUND" && effect.draft_id !== null && step.protocol !== "discard") ||
  (!fresh && !settleTimeIsOver(round, effect));

/** Nothing was done, for certain: the same call later (W-04). */
async function nothingDone(round: Round, { step, effect }: Settled, error: SystemFailure): Promise<Next> {
  changeEffect(round, effect, {
    phase: effect.draft_id === null ? "INTENDED" : "DRAFTED",
    sent_at: null,
  });
  return pauseFor(round, step, error);
}

/** Not known whether it is done: said once as a fact, then looked up until it is settled; after the settle time it is a task (W-02, W-03). */
async function stillAmbiguous(
  round: Round,
  settled: Settled,
  why: "call" | "look-up" | "unreachable" | "people",
  error?: SystemFailure,
): Promise<Next> {
  const { effect } = settled;
  const { open, stamp, flow, operation, engine, change } = round;
  if (!(effect.transaction_key in open.state.ambiguous)) {
    const data = {
      transactionKey: effect.transaction_key,
      system: effect.system,
      operationId: operation.id,
      lane: flow.lane,
    };
    open.add(stamp, [{ kind: "effect.ambiguous", data }]);
  }
  const look_ups = effect.look_ups + (why === "look-up" ? 1 : 0);
  changeEffect(round, effect, {
    phase: "AMBIGUOUS",
    look_ups,
    ...(why === "call" ? { sent_at: open.now } : {}),
  });
  noteStep(round, {
    status: "AMBIGUOUS",
    system: effect.system,
    attempts: operation.attempts + 1,
    error: error ? told(error) : null,
  });
  if (why === "look-up" && settleTimeIsOver(round, effect)) return stop(round, outcomeUnknown(effect));
  if (why === "unreachable" && (await lookedUpInVain(round, effect))) return leaveToPeople(round, effect);
  const due = Math.min(
    pauseMs(engine.times, operation.attempts, engine.times.heldMaxMs),
    why === "look-up" ? untilSettled(round, effect) : Infinity,
  );
  const waitingFor = why === "unreachable" ? effect.system : null;
  Object.assign(change, {
    status: "WAITING",
    attempts: operation.attempts + 1,
    dueInMs: due,
    waitingFor,
    progress: true,
  });
  return over;
}

/** The look-up can't be had. Once the settle time is over somebody is told, once, while it is asked on (W-03); true: a person has cancelled that. */
async function lookedUpInVain(round: Round, effect: Effect): Promise<boolean> {
  const told = await unansweredTask(round.tx, round.change.exceptionId);
  if (!told && settleTimeIsOver(round, effect))
    round.change.exceptionId = await raise(round, unanswered(round, effect), false);
  return told?.resolution === "CANCELLED";
}

/** Its task ends by itself with the answer, whatever that is. */
async function endUnanswered({ change, tx, stamp, open }: Round): Promise<void> {
  const told = await unansweredTask(tx, change.exceptionId);
  if (!told) return;
  await answerCame(tx, told, stamp, open);
  change.exceptionId = null;
}

/** The look-up finds nothing. A person who replays after the settle time says: do it again (W-02); one who resolves says: leave it. */
async function nothingThere(round: Round, settled: Settled): Promise<Next | null> {
  const { effect } = settled;
  if (!settleTimeIsOver(round, effect) || !round.change.exceptionId) return stillAmbiguous(round, settled, "look-up");
  const task = await round.tx
    .selectFrom("exceptions")
    .select(["status", "code"])
    .where("id", "=", round.change.exceptionId)
    .executeTakeFirst();
  if (task?.code === "OUTCOME_UNKNOWN" && task.status === "REPLAYING") {
    changeEffect(round, effect, {
      phase: "INTENDED",
      draft_id: null,
      sent_at: null,
      look_ups: 0,
    });
    resolve(round, effect, "ABSENT");
    return null;
  }
  return task?.status === "RESOLVED" ? leaveToPeople(round, effect) : stillAmbiguous(round, settled, "look-up");
}

function leaveToPeople(round: Round, effect: Effect): Next {
  changeEffect(round, effect, { phase: "REFUSED", sent_at: null });
  resolve(round, effect, "BY_PERSON");
  return finish(round, "CANCELLED");
}

async function forPeople(round: Round, settled: Settled, code: ExceptionCode, summary: string): Promise<Next> {
  await stillAmbiguous(round, settled, "people");
  return stop(round, { code, summary, system: settled.effect.system });
}

/** The system said no: an owned task; the flow stops or goes on as the step says. */
async function refused(round: Round, { step, effect }: Settled, code: string): Promise<Next | null> {
  changeEffect(round, effect, {
    phase: "REFUSED",
    sent_at: null,
    outcome: { refused: code },
  });
  resolve(round, effect, "ABSENT");
  const task = {
    system: effect.system,
    ...(step.refused?.(code, round.open.state, round.run) ?? refusal(step, effect, code)),
  };
  round.open.add(round.stamp, step.refusedFacts?.(code, round.open.state, round.run) ?? []);
  if (step.afterRefusal !== "on") return stop(round, task);
  await raise(round, task, false);
  return stepDone(round, { status: "HANDED_OVER", attempts: round.operation.attempts + 1, system: effect.system });
}

const usualRefusals: Record<EffectStep["system"], ExceptionCode> = {
  erp: "POSTING_REFUSED",
  wms: "INSTRUCTION_REJECTED",
  crm: "CASE_REFUSED",
  carrier: "LABEL_REFUSED",
  mail: "NOTIFICATION_FAILED",
};

function refusal(step: EffectStep, { system, transaction_key }: Effect, told: string): Task {
  const code = isExceptionCode(told) ? told : usualRefusals[step.system];
  return { code, summary: `${system} refused to ${step.deed} for ${transaction_key}.` };
}

/** Our side is wrong; it goes on from here when somebody has mended it. */
export async function broken(
  round: Round,
  at: { effect: Effect; certain: boolean } | null,
  error: unknown,
): Promise<Next> {
  const { engine, operation } = round;
  engine.log.error(
    { err: error, operation: operation.id, step: operation.step, correlationId: operation.correlation_id },
    "a step broke",
  );
  if (at?.certain)
    changeEffect(round, at.effect, {
      phase: at.effect.draft_id === null ? "INTENDED" : "DRAFTED",
      sent_at: null,
    });
  const system = at?.effect.system ?? null;
  noteStep(round, { status: "FAILED", system, attempts: operation.attempts + 1, error: told(error) });
  return stop(round, {
    code: "UNEXPECTED",
    summary: `${operation.flow} could not go on for a reason on our side.`,
    system,
  });
}

const outcomeUnknown = ({ system, transaction_key, deed }: Effect): Task => ({
  code: "OUTCOME_UNKNOWN",
  summary: `It is not known whether ${system} did: ${deed}, ${transaction_key}. Look there, then replay to do it (again) or resolve to leave it.`,
  system,
});

const unanswered = (round: Round, { system, transaction_key, deed }: Effect): Task => ({
  code: "OUTCOME_UNKNOWN",
  summary: `It is not known whether ${system} did: ${deed}, ${transaction_key}, and it can't be asked. We ask on; with its answer this ends by itself. Resolve as CANCELLED to leave it to people.`,
  system,
  cause: `${round.operation.id}/${transaction_key}/unanswered`,
});

const settleTimeIsOver = (round: Round, effect: Effect): boolean => untilSettled(round, effect) <= 0;

function untilSettled({ open, run }: Round, { system, sent_at }: Effect): number {
  const port = run.systems.bySystem(system);
  return sent_at!.getTime() + (port?.settleMs ?? 0) - open.now.getTime();
}
