import { SystemFailure } from "#shared/errors.ts";
import type { Internals } from "#shared/internals.ts";
import type { Step } from "#orchestration/step.ts";
import { stop } from "./ending.ts";
import { noteStep, over, type Next, type Round, type StepRow } from "./round.ts";

const unreachable = new Set(["CONNECTION_REFUSED", "UNAVAILABLE", "NO_ANSWER", "CIRCUIT_OPEN"]);
const busy = new Set(["RATE_LIMITED", "LIMIT_REACHED"]);

/**
 * A transient failure (RS-07): the back-off is a due time in the row. An unreachable or busy system is waited for without end, HELD (D-30); anything else is
 * RETRYING and after `maxAttempts` a task.
 */
export async function pauseFor(round: Round, step: Step, error: SystemFailure): Promise<Next> {
  const { engine, operation, open, run, stamp, change } = round;
  const { times } = engine;
  const gone = unreachable.has(error.code);
  const held = gone || busy.has(error.code);
  const attempts = operation.attempts + 1;
  if (gone && operation.attempts === 0) open.add(stamp, step.onUnavailable?.(open.state, run) ?? []);
  noteStep(round, { status: held ? "HELD" : "RETRYING", system: error.system, attempts, error: told(error) });
  if (!held && attempts >= times.maxAttempts) return stop(round, exhausted(error, attempts));
  const dueInMs = Math.max(
    pauseMs(times, operation.attempts, held ? times.heldMaxMs : times.retryMaxMs),
    error.retryAfterMs ?? 0,
  );
  Object.assign(change, {
    status: "WAITING",
    attempts,
    dueInMs,
    waitingFor: gone ? error.system : null,
    progress: true,
  });
  return over;
}

/** Doubles from the first to the longest, between half and all of it. */
export function pauseMs(times: Internals, failures: number, longest: number): number {
  const full = Math.min(longest, times.retryFirstMs * 2 ** Math.min(failures, 30));
  return full * (0.5 + Math.random() / 2);
}

const exhausted = ({ system }: SystemFailure, attempts: number) => ({
  code: "RETRIES_EXHAUSTED" as const,
  summary: `${system} did not take it in ${attempts} attempts.`,
  system,
});

/** An error as clients may see it: from our catalogue, never the vendor's words (G-15). */
export const told = (error: unknown): NonNullable<StepRow["last_error"]> =>
  error instanceof SystemFailure
    ? { category: error.kind, code: error.code, message: error.message }
    : { category: "BUG", code: "UNEXPECTED", message: "Something went wrong on our side." };
