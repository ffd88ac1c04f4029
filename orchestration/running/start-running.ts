import type { Log } from "#shared/log.ts";
import { wakeWaitingFor } from "#orchestration/waking.ts";
import type { Engine } from "./engine.ts";
import { openLane, type Lane } from "./lane.ts";

export const lanes = ["goods", "money", "messages"] as const;

export type Running = {
  lanes: readonly Lane[];
  ring(lane: string): Promise<string[]>;
  /** Something outside of the operations heard from a system: what waits for it may go on. */
  answered(system: string): void;
  /** How many more operations of a lane this process could take now. */
  free(lane: string): number;
  stop(): Promise<void>;
};
export type Parts = Omit<Engine, "committed" | "answered" | "unreachable"> & {
  onFacts?: () => void;
  onAnswered?: (system: string) => void;
};

/** Runs operations in this process, each lane with places of its own (RS-20): a slow one holds up no other. */
export function startRunning({ onFacts, onAnswered, ...parts }: Parts): Running {
  const down = new Set<string>();
  const answeredAt = new Map<string, number>();
  const open = new Map<string, Lane>();
  const ring = async (lane: string) => (await open.get(lane)?.ring()) ?? [];
  const isBack = (system: string) => {
    onAnswered?.(system);
    wake(
      parts.log,
      () => wakeWaitingFor(parts.db, system),
      () => open.forEach((lane) => void lane.ring()),
    );
  };
  const answered = (system: string) => {
    answeredAt.set(system, performance.now());
    if (down.delete(system)) isBack(system);
  };
  /** Who is committed as waiting after the answer that was to wake it has come is woken now: another may be long in coming. */
  const unreachable = (system: string, since: number) => {
    if ((answeredAt.get(system) ?? 0) > since) isBack(system);
    else down.add(system);
  };
  const engine: Engine = {
    ...parts,
    committed: ({ facts, started }) => {
      if (facts > 0) onFacts?.();
      for (const lane of new Set(started.map((one) => one.lane))) void ring(lane);
    },
    answered,
    unreachable,
  };
  for (const lane of lanes) open.set(lane, openLane(engine, lane));
  return {
    lanes: [...open.values()],
    ring,
    answered,
    free: (lane) => open.get(lane)?.free() ?? 0,
    stop: async () => {
      await Promise.all([...open.values()].map((lane) => lane.stop(8_000)));
    },
  };
}

function wake(log: Log, work: () => Promise<number>, then: () => void): void {
  work().then(
    (woken) => woken > 0 && then(),
    (err: unknown) => log.warn({ err }, "could not wake what waits for a system; it wakes by itself later"),
  );
}
