import type { Config } from "#shared/config.ts";
import type { Log } from "#shared/log.ts";
import { connectRinger, type Ringer } from "./bell.ts";
import type { Changed } from "./facts.ts";

/** Tells the workers of what was committed; for the processes that take mutations. Best effort: who is not told looks by himself. */
export type Announce = {
  committed(change: Pick<Changed<unknown>, "facts" | "started">): void;
  /** Operations that go on because somebody has looked after their task. */
  resumed(operations: readonly ({ lane: string } | null)[]): void;
  stop(): Promise<void>;
};

export async function connectAnnouncer(
  config: Pick<Config, "redisUrl"> & { databaseUrl: string },
  log: Log,
): Promise<Announce> {
  const ringer: Ringer = await connectRinger(config, log);
  return {
    committed: ({ facts, started }) => {
      if (facts.length > 0) ringer.ring("feed", ...started.map(({ lane }) => lane));
    },
    resumed: (operations) => ringer.ring(...operations.flatMap((operation) => (operation ? [operation.lane] : []))),
    stop: ringer.stop,
  };
}
