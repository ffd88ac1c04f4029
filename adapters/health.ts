import { CircuitState } from "cockatiel";
import { gauge } from "#shared/telemetry.ts";
import type { Health } from "./port.ts";

const up = gauge("system_up", "How a system was seen last by this process: 1 up, 0.5 slow, 0 down", ["system"]);
const shares: Record<Health["state"], number> = { UP: 1, SLOW: 0.5, DOWN: 0 };

const circuits: Record<CircuitState, Health["circuit"]> = {
  [CircuitState.Closed]: "CLOSED",
  [CircuitState.Open]: "OPEN",
  [CircuitState.HalfOpen]: "HALF_OPEN",
  [CircuitState.Isolated]: "OPEN",
};

/** How a system was seen last: DOWN while the breaker is not closed, SLOW when answers take a quarter of the deadline or the last one failed. */
export function createHealth(system: string, deadlineMs: number, circuit: () => CircuitState) {
  let usualMs = 0;
  let hasFailed = false;
  let seen: Health["state"] = "UP";
  let since = new Date();

  const judge = (): Health["state"] => {
    if (circuit() !== CircuitState.Closed) return "DOWN";
    return hasFailed || usualMs > deadlineMs / 4 ? "SLOW" : "UP";
  };
  const changed = () => {
    const state = judge();
    if (state !== seen) since = new Date();
    seen = state;
    up.set({ system }, shares[state]);
  };
  up.set({ system }, shares[seen]);
  return {
    answered(ms: number) {
      usualMs = usualMs * 0.8 + Math.max(0, ms) * 0.2;
      hasFailed = false;
      changed();
    },
    failed() {
      hasFailed = true;
      changed();
    },
    changed,
    read(): Health {
      changed();
      return { system, state: seen, circuit: circuits[circuit()], since: since.toISOString() };
    },
  };
}
