/** The time a call may take was over. */
class DeadlinePassed extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
    this.name = "DeadlinePassed";
  }
}

/** Who asked did not want the answer any more. */
export class CallerLeft extends Error {
  constructor(options: ErrorOptions) {
    super("the caller left", options);
    this.name = "CallerLeft";
  }
}

export type Deadline = {
  /** Aborts with DeadlinePassed, or with CallerLeft. */
  signal: AbortSignal;
  leftMs(): number;
  /** Rejects as soon as the signal aborts; what loses the race goes on by itself. */
  race<Answer>(work: Promise<Answer>): Promise<Answer>;
  end(): void;
};

/** How long a call may take in all: the shorter of the caller's and the system's, measured by the monotonic clock (W-16); `others` end it early. */
export function startDeadline(ms: number, ...others: (AbortSignal | undefined)[]): Deadline {
  const own = new AbortController();
  const startedAt = performance.now();
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const stop = (reason: Error) => {
    own.abort(reason);
    aborted.reject(reason);
  };
  const timer = setTimeout(() => stop(new DeadlinePassed(ms)), ms);
  const watched = others
    .filter((signal) => signal !== undefined)
    .map((signal) => ({ signal, leave: () => stop(new CallerLeft({ cause: signal.reason })) }));
  for (const { signal, leave } of watched) {
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  }
  return {
    signal: own.signal,
    leftMs: () => Math.max(0, ms - (performance.now() - startedAt)),
    race: (work) => Promise.race([work, aborted.promise]),
    end: () => {
      clearTimeout(timer);
      for (const { signal, leave } of watched) signal.removeEventListener("abort", leave);
    },
  };
}
