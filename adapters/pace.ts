import { TransientFailure } from "#shared/errors.ts";
import { setTimeout as after } from "node:timers/promises";
import type { Deadline } from "./deadline.ts";

export type Pace = {
  /** Waits for its turn; a turn that comes after the deadline is a TransientFailure with `retryAfterMs` at once. */
  take(deadline: Deadline): Promise<void>;
  /** The system said how long to stay away (Retry-After). */
  stayAway(ms: number): void;
};

/** At most `perMinute` calls in any minute of this process, and none while the system told us to wait. */
export function createPace(system: string, perMinute: number): Pace {
  const turns: number[] = [];
  let awayUntil = 0;

  /** Reserves the next turn, in ms of the monotonic clock. */
  const nextTurn = (now: number): number => {
    while (turns.length > 0 && turns[0]! <= now - 60_000) turns.shift();
    const oldest = turns.length < perMinute ? now : turns[turns.length - perMinute]! + 60_000;
    return Math.max(now, oldest, awayUntil);
  };

  return {
    async take(deadline) {
      const now = performance.now();
      const turn = nextTurn(now);
      if (turn - now > deadline.leftMs())
        throw new TransientFailure({ system, code: "RATE_LIMITED", retryAfterMs: Math.ceil(turn - now) });
      turns.push(turn);
      if (turn > now) await after(turn - now, undefined, { signal: deadline.signal });
    },
    stayAway: (ms) => void (awayUntil = Math.max(awayUntil, performance.now() + ms)),
  };
}
