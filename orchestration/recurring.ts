import type { Internals } from "#shared/internals.ts";
import type { BellName, Recurring } from "./bell.ts";
import { expireApprovals } from "./expiring-approvals.ts";
import type { Changed } from "./facts.ts";
import { sweepRetention } from "./retention.ts";
import { discardStrays } from "./strays.ts";
import { subscribeToErps } from "./subscribing.ts";
import { sweep } from "./sweeping.ts";
import { proposeByTime } from "./timers.ts";
import { watchClocks } from "./watching-clocks.ts";

type Parts = Parameters<typeof discardStrays>[0] & {
  times: Internals;
  /** Where the ERPs are to send their notices. */
  hooks: string;
  free(lane: string): number;
  answer(name: BellName): Promise<unknown>;
  poll(system: string): Promise<unknown>;
  committed(change: { facts: number; started: readonly { lane: string }[] }): void;
};

/** What a worker does again and again (W-09): sweeps, timers, renewals, polls, retention. Each may run anywhere, and twice at once. */
export function recurringWork(parts: Parts): Recurring[] {
  const { db, log, systems, times, hooks, free, answer, poll, committed } = parts;
  const tell = (changes: readonly Pick<Changed<unknown>, "facts" | "started">[]) =>
    changes.forEach(({ facts, started }) => committed({ facts: facts.length, started }));
  const polls = systems
    .warehouses()
    .map(({ system }) => ({ name: `poll-${system}`, everyMs: times.warehousePollMs, work: () => poll(system) }));
  return [
    { name: "sweep", everyMs: times.sweepMs, work: () => sweep(db, log, { rung: answer, free }) },
    {
      name: "timers",
      everyMs: times.timersMs,
      work: async () =>
        tell([...(await expireApprovals(db, log)), ...(await proposeByTime(db)), ...(await watchClocks(db, log))]),
    },
    {
      name: "renew-subscriptions",
      everyMs: times.renewMs,
      work: () => subscribeToErps({ db, log, systems, hooks, everyMs: times.renewMs }),
    },
    { name: "retention", everyMs: times.retentionMs, work: () => sweepRetention(db) },
    { name: "strays", everyMs: times.retentionMs, work: () => discardStrays(parts) },
    ...polls,
    ...systems
      .carriers()
      .map(({ system }) => ({ name: `poll-${system}`, everyMs: times.parcelPollMs, work: () => poll(system) })),
    ...systems
      .erps()
      .map(({ system }) => ({ name: `poll-${system}`, everyMs: times.replacementPollMs, work: () => poll(system) })),
  ];
}
