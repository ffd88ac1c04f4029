import { TransientFailure } from "#shared/errors.ts";
import { startDeadline } from "./deadline.ts";
import type { Call } from "./port.ts";

/** A call whose `deadlineMs` is what is left of it, so that a port function of several requests takes no longer than it was given. */
export function budget(call: Call, mostMs: number): Call {
  const end = performance.now() + Math.min(call.deadlineMs ?? Infinity, mostMs);
  return {
    correlationId: call.correlationId,
    ...(call.signal ? { signal: call.signal } : {}),
    get deadlineMs() {
      return Math.max(0, Math.ceil(end - performance.now()));
    },
  };
}

/** Waits for work that others wait for too, no longer than this call may; the work goes on. */
export async function waitShared<Answer>(system: string, work: Promise<Answer>, call: Call): Promise<Answer> {
  if (call.deadlineMs === undefined) return work;
  const deadline = startDeadline(call.deadlineMs, call.signal);
  try {
    return await deadline.race(work);
  } catch (error) {
    if (error !== deadline.signal.reason) throw error;
    throw new TransientFailure({ system, code: "NO_ANSWER", cause: error });
  } finally {
    deadline.end();
  }
}
