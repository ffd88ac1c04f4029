const TrueDate = globalThis.Date;

/** The clock of this process and of its schema in the database, which run as they always do, but somewhere in the past (W-30). */
export type Clock = {
  now(): number;
  /** Goes on from this instant; never back. */
  goTo(instant: number): Promise<void>;
};

/** Takes over `Date` in this process for good: only for a process that does nothing else. `tell` sets the database's clock to the same offset. */
export function commandClock(tell: (offsetMs: number) => Promise<void>): Clock {
  let offset = 0;
  let first = true;
  class CommandedDate extends TrueDate {
    constructor(...given: unknown[]) {
      if (given.length === 0) super(TrueDate.now() + offset);
      else super(...(given as [number]));
    }
    static override now(): number {
      return TrueDate.now() + offset;
    }
  }
  globalThis.Date = CommandedDate as DateConstructor;
  return {
    now: () => Date.now(),
    goTo: async (instant) => {
      if (!first && instant <= Date.now()) return;
      first = false;
      const next = instant - TrueDate.now();
      await tell(next);
      offset = next;
    },
  };
}
