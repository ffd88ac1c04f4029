import { mock } from "node:test";

/** What is asked with this deadline is late when the test says so, and not before (W-30). */
export const HELD_MS = 9_000;
/** What is left of it when the last of several calls begins is more than this, whatever the machine is doing. */
const LEAST_MS = 6_000;

/** From now on no deadline of `HELD_MS` passes until `pass`, which ends those that run and lets time go on. */
export function holdDeadlines(): { pass(): void } {
  const real = globalThis.setTimeout;
  const held: (() => void)[] = [];
  const set = (work: (...told: unknown[]) => void, ms = 0, ...told: unknown[]) => {
    if (ms <= LEAST_MS || ms > HELD_MS) return real(work, ms, ...told);
    held.push(() => work(...told));
    return real(() => undefined, ms);
  };
  const patched = mock.method(globalThis, "setTimeout", set as typeof setTimeout);
  return {
    pass() {
      patched.mock.restore();
      for (const end of held) end();
    },
  };
}
