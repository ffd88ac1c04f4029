import { setTimeout as after } from "node:timers/promises";

/** Which requests a fault is for: all that are given must hold. `path` is a regular expression over path and query. */
export type Match = { method?: string; path?: string; body?: string };

/** What happens instead of the plain answer. Without `milliseconds` a delay lasts until `release`. */
export type Action =
  | { kind: "delay"; milliseconds?: number } //              wait, then do the work and answer
  | { kind: "delay-answer"; milliseconds?: number } //       do the work, wait, then answer
  | { kind: "refuse"; status: number; code?: string; message?: string; retryAfter?: number } // no work
  | { kind: "drop-request" } //                              connection reset, no work, ever
  | { kind: "drop-answer" } //                               do the work, reset the connection
  | { kind: "hold" } //                                      reset the connection now, do the work on `release`
  | { kind: "malformed"; as?: "broken-json" | "html" } //    do the work, answer 200 with rubbish
  | { kind: "half-body"; as?: "length" | "chunked" } //      do the work, cut the connection in the middle of the answer's body
  | { kind: "stale-etag" } //                                the record was changed by somebody just before (vendors with ETags)
  | { kind: "page-size"; size: number }; //                  server paging with this size (vendors with pages)

/** `nth` (1 = the next) and `times` (default 1; 0 = until cleared) count matching requests. */
export type FaultOrder = { match?: Match; nth?: number; times?: number; action: Action };
export type Fault = Readonly<{ id: string; order: FaultOrder; seen: number; fired: number; waiting: number }>;
export type Incoming = { method: string; path: string; body: string };

export type Armed = {
  id: string;
  order: FaultOrder;
  seen: number;
  fired: number;
  waiting: (() => Promise<unknown>)[];
  fire: PromiseWithResolvers<void>;
};

export type Faults = ReturnType<typeof createFaults>;

/** The faults of one server. The first armed fault that is due for a request takes it. */
export function createFaults() {
  const armed = new Map<string, Armed>();
  let count = 0;
  let lags = 0;
  let lagging = false;

  const isDue = (fault: Armed, request: Incoming) => {
    if (!matches(fault.order.match ?? {}, request)) return false;
    fault.seen += 1;
    const { nth = 1, times = 1 } = fault.order;
    return fault.seen >= nth && (times === 0 || fault.fired < times);
  };

  const take = (request: Incoming): Armed | undefined => {
    const fault = [...armed.values()].filter((each) => isDue(each, request))[0];
    if (!fault) return undefined;
    fault.fired += 1;
    fault.fire.resolve();
    return fault;
  };

  const release = async (id?: string) => {
    const due = [...armed.values()].filter((fault) => id === undefined || fault.id === id);
    const works = due.flatMap((fault) => fault.waiting.splice(0));
    const results = [];
    for (const work of works) results.push(await work());
    return results;
  };

  return {
    arm(order: FaultOrder): Fault {
      checkOrder(order);
      const fault: Armed = {
        id: `fault-${++count}`,
        order,
        seen: 0,
        fired: 0,
        waiting: [],
        fire: Promise.withResolvers(),
      };
      armed.set(fault.id, fault);
      return publicView(fault);
    },
    take,
    list: () => [...armed.values()].map(publicView),
    get: (id: string) => (armed.has(id) ? publicView(armed.get(id)!) : undefined),
    /** Resolves when the fault has met its first request. */
    whenFired: (id: string): Promise<void> =>
      armed.get(id)?.fire.promise ?? Promise.reject(new Error(`no fault ${id}`)),
    /** Does the held work and ends the waits, oldest first; gives what each one answered. */
    release,
    /** Takes no more requests; what waits goes on waiting for its release. */
    disarm(id: string) {
      const fault = armed.get(id);
      if (fault) fault.order = { ...fault.order, nth: Infinity };
    },
    /** Disarms all faults after releasing what waits; lag ends too. */
    async clear() {
      lagging = false;
      await release();
      armed.clear();
    },
    /** Look-up lag: documents created from now on don't show in list reads until it is switched off. */
    setLag(on: boolean) {
      if (on && !lagging) lags += 1;
      lagging = on;
    },
    /** The number of the lag that is on, so that a vendor can mark what was created during it. */
    currentLag: () => (lagging ? lags : null),
  };
}

const publicView = ({ id, order, seen, fired, waiting }: Armed): Fault => ({
  id,
  order,
  seen,
  fired,
  waiting: waiting.length,
});

function matches({ method, path, body }: Match, request: Incoming) {
  if (method && method.toUpperCase() !== request.method) return false;
  if (path && !new RegExp(path).test(request.path)) return false;
  return !body || request.body.includes(body);
}

const kinds = [
  "delay",
  "delay-answer",
  "refuse",
  "drop-request",
  "drop-answer",
  "hold",
  "malformed",
  "half-body",
  "stale-etag",
  "page-size",
];

function checkOrder(order: FaultOrder) {
  if (!kinds.includes(order?.action?.kind)) throw new Error(`action.kind must be one of ${kinds.join(", ")}`);
  if (order.match?.path) new RegExp(order.match.path);
}

/** Waits the given time, or until the fault is released. */
export function pause(fault: Armed, milliseconds: number | undefined): Promise<void> {
  if (milliseconds !== undefined) return after(milliseconds, undefined, { ref: false });
  const { promise, resolve } = Promise.withResolvers<void>();
  fault.waiting.push(async () => resolve());
  return promise;
}

/** Keeps work for `release`. */
export const keep = (fault: Armed, work: () => Promise<unknown>) => fault.waiting.push(work);
