/** The time a call may take was over. */
export class DeadlinePassed extends Error {
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

/** How long a call may take in all: the shorter of the caller's and the system's, measured by the monotonic clock (W-16). */
export function startDeadline(ms: number, callerSignal?: AbortSignal): Deadline {
  const own = new AbortController();
  const startedAt = performance.now();
  const timer = setTimeout(() => own.abort(new DeadlinePassed(ms)), ms);
  const leave = () => own.abort(new CallerLeft({ cause: callerSignal?.reason }));
  if (callerSignal?.aborted) leave();
  else callerSignal?.addEventListener("abort", leave, { once: true });
  const { signal } = own;
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const stop = () => aborted.reject(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return {
    signal,
    leftMs: () => Math.max(0, ms - (performance.now() - startedAt)),
    race: (work) => Promise.race([work, aborted.promise]),
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      callerSignal?.removeEventListener("abort", leave);
    },
  };
}
