import type { Decision, Guard, Step, Task } from "#orchestration/step.ts";
import { waitingFor } from "#orchestration/waking.ts";
import { finish, isLookedAfter, needAttention, raise, stepDone, stop, wait } from "./ending.ts";
import { intend } from "./intending.ts";
import { stepAt, type Next, type Round } from "./round.ts";
import { undoFirst } from "./undoing.ts";

/**
 * Goes on from the step that is reached, under the lock: decides what needs no reading, skips what is done, and stops at the first I/O, whose intent
 * is committed with all that (W-05). Before every step its guards are checked on the state as it is by then (W-11).
 */
export async function advance(round: Round): Promise<Next> {
  for (let step = stepAt(round); step; step = stepAt(round)) {
    const next = await begin(round, step);
    if (next) return next;
  }
  return finish(round, "SUCCEEDED");
}

/** Null when the step is behind us. */
async function begin(round: Round, step: Step): Promise<Next | null> {
  const { open, run, tx } = round;
  const held = commonGuards(round);
  if (held) return held;
  const guard = step.guard(open.state, run);
  const undoing = step.kind === "effect" && !isTask(guard) ? await undoFirst(round, step, guard === "go") : null;
  const stopped = undoing ?? (await heed(round, guard));
  if (stopped !== "go") return stopped;
  if (step.kind === "effect") return intend(round, step);
  if (step.read && (step.mustRead?.(open.state, run) ?? true))
    return { io: "read", step, round: { run, index: round.index, state: open.state } };
  return settleDecision(round, await step.decide(open.state, undefined, run, tx));
}

/** After the reading: the guard again, for the state may have moved on, then the decision. */
export async function decideOn(round: Round, reading: unknown): Promise<Next> {
  const step = stepAt(round);
  if (step?.kind !== "decide") return advance(round);
  const { open, run, tx } = round;
  const stopped = commonGuards(round) ?? (await heed(round, step.guard(open.state, run)));
  const next =
    stopped === "go" ? await settleDecision(round, await step.decide(open.state, reading, run, tx)) : stopped;
  return next ?? advance(round);
}

/** No cancel flag, no hold, no AMBIGUOUS effect of this return in the lane (vocabulary section 4). */
function commonGuards(round: Round): Next | null {
  const { flow, open, operation } = round;
  const { cancelRequested, hold, ambiguous } = open.state;
  if (cancelRequested && !flow.ignoresCancel) return finish(round, "CANCELLED");
  // A hold stops goods and money; what is so is told all the same.
  if (hold && flow.lane !== "messages") return wait(round, waitingFor.hold);
  if (Object.values(ambiguous).some(({ lane, operationId }) => lane === flow.lane && operationId !== operation.id))
    return wait(round, waitingFor.ambiguous);
  return null;
}

const isTask = (guard: Guard): boolean => typeof guard === "object" && "task" in guard;

async function heed(round: Round, guard: Guard): Promise<Next | null | "go"> {
  if (guard === "go") return "go";
  if ("skip" in guard) return stepDone(round, { status: "SKIPPED", attempts: 0 });
  if ("end" in guard) return finish(round, "SUCCEEDED");
  return (await isLookedAfter(round, guard.task)) ? finish(round, "SUCCEEDED") : stop(round, guard.task);
}

async function settleDecision(round: Round, { facts, tasks = [], then = "on" }: Decision): Promise<Next | null> {
  round.open.add(round.stamp, facts);
  if (then === "stop" && (await areLookedAfter(round, tasks))) return finish(round, "SUCCEEDED");
  let last: string | null = null;
  for (const task of tasks) last = await raise(round, task, then === "stop");
  if (then === "stop" && last) return needAttention(round, last);
  await stepDone(round, { status: tasks.length > 0 ? "HANDED_OVER" : "DONE", attempts: round.operation.attempts + 1 });
  return then === "end" ? finish(round, "SUCCEEDED") : null;
}

async function areLookedAfter(round: Round, tasks: readonly Task[]): Promise<boolean> {
  for (const task of tasks) if (!(await isLookedAfter(round, task))) return false;
  return tasks.length > 0;
}
