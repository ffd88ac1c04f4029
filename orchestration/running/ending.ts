import type { Task } from "#orchestration/step.ts";
import { converge, raiseTask } from "#orchestration/exceptions.ts";
import { isSameTask } from "#orchestration/goods.ts";
import { noteStep, over, stepAt, type Next, type Round } from "./round.ts";

type Done = {
  status: "DONE" | "SKIPPED" | "HANDED_OVER";
  attempts: number;
  system?: string | null;
  reference?: string | null;
};

/** The step is behind us; a task that was being replayed for it has converged. */
export async function stepDone(round: Round, done: Done): Promise<null> {
  noteStep(round, done);
  const { change, tx, stamp, open } = round;
  if (change.exceptionId) await converge(tx, change.exceptionId, stamp, open);
  Object.assign(change, { exceptionId: null, attempts: 0, progress: true });
  round.operation = { ...round.operation, attempts: 0 };
  round.index += 1;
  return null;
}

export function finish(round: Round, status: "SUCCEEDED" | "CANCELLED"): Next {
  Object.assign(round.change, { status, progress: true });
  return over;
}

/** Waits until it is woken (waking.ts); the due time is only the net under that. */
export function wait(round: Round, reason: string, dueInMs: number = round.engine.times.retryMaxMs): Next {
  Object.assign(round.change, { status: "WAITING", waitingFor: reason, dueInMs, progress: true });
  return over;
}

/** A task that must be looked after before the operation goes on with this same step. */
export async function stop(round: Round, task: Task): Promise<Next> {
  return needAttention(round, await raise(round, task, true));
}

export function needAttention(round: Round, exceptionId: string): Next {
  if (!round.steps.has(round.index)) noteStep(round, { status: "FAILED", attempts: round.operation.attempts + 1 });
  Object.assign(round.change, { status: "NEEDS_ATTENTION", exceptionId, progress: true });
  return over;
}

/** Another run of the same flow about the same thing waits for this very task: it goes on from there, and people are asked once. */
export async function isLookedAfter({ open, operation, tx }: Round, asked: Task): Promise<boolean> {
  const others = open.state.exceptions.flatMap((task) =>
    task.status !== "RESOLVED" && isSameTask(task, asked) ? (task.operationId ?? []) : [],
  );
  if (others.length === 0) return false;
  const waiting = await tx
    .selectFrom("operations")
    .select("id")
    .where("id", "in", others)
    .where("id", "<>", operation.id)
    .where("flow", "=", operation.flow)
    .where("subject", "=", operation.subject)
    .where("finished_at", "is", null)
    .executeTakeFirst();
  return waiting !== undefined;
}

export function raise(round: Round, task: Task, replayable: boolean): Promise<string> {
  const { tx, stamp, open, operation } = round;
  const step = stepAt(round)?.name ?? null;
  const cause = task.cause ?? `${operation.id}/${step}/${task.code}`;
  const of = { returnId: operation.return_id, companyId: operation.company_id, operationId: operation.id, step };
  return raiseTask(tx, { ...task, ...of, cause, replayable }, stamp, open);
}
