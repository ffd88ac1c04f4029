import { claim, handBack } from "./claiming.ts";
import type { Claim, Engine } from "./engine.ts";
import { runOperation } from "./run-operation.ts";

/** One lane's work in this process: it claims what is due when it is rung, and at least every `pollMs` (W-09). */
export type Lane = {
  name: string;
  /** Claims until dry or full; gives the ids of what was claimed, for the bell's return value. Never throws. */
  ring(): Promise<string[]>;
  /** How many more operations it could take now. */
  free(): number;
  /** Claims nothing more and waits for what runs, at most `withinMs`; what is left is handed back: its fence keeps us out from then on. */
  stop(withinMs: number): Promise<void>;
};

export function openLane(engine: Engine, name: string): Lane {
  const { times, log } = engine;
  const running = new Map<Promise<void>, Claim>();
  let stopped = false;
  let claiming: Promise<string[]> | null = null;
  let again = false;

  const free = () => (stopped ? 0 : times.concurrency - running.size);
  const start = (one: Claim) => {
    const run = runOperation(engine, one).finally(() => {
      running.delete(run);
      // What waited for this lane of the return, or for a free place, may go now.
      void ring();
    });
    running.set(run, one);
  };
  const claimUntilDry = async (): Promise<string[]> => {
    const served: string[] = [];
    do {
      again = false;
      for (let wanted = Math.min(times.claimBatch, free()); wanted > 0; wanted = Math.min(times.claimBatch, free())) {
        const claims = await claim(engine, name, wanted);
        claims.forEach(start);
        served.push(...claims.map(({ operation }) => operation.id));
        if (claims.length < wanted) break;
      }
    } while (again && free() > 0);
    return served;
  };
  const ring = (): Promise<string[]> => {
    again = true;
    claiming ??= claimUntilDry()
      .catch((err: unknown) => {
        log.warn({ err, lane: name }, "could not claim; the next poll tries again");
        return [];
      })
      .finally(() => {
        claiming = null;
        // Rung after the last look and before this.
        if (again && free() > 0) void ring();
      });
    return claiming;
  };
  const timer = setInterval(() => void ring(), times.pollMs);
  return {
    name,
    ring,
    free,
    stop: async (withinMs) => {
      stopped = true;
      clearInterval(timer);
      await claiming;
      await within(withinMs, Promise.all(running.keys()));
      await handBack(engine, [...running.values()]);
    },
  };
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
