import { AmbiguousOutcome, SystemFailure, TransientFailure } from "#shared/errors.ts";
import type { Internals } from "#shared/internals.ts";
import { observe } from "#shared/telemetry.ts";
import {
  BrokenCircuitError,
  bulkhead,
  BulkheadRejectedError,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  TaskCancelledError,
} from "cockatiel";
import { Agent, request as exchange } from "undici";
import { startDeadline, type Deadline } from "./deadline.ts";
import { countsAgainst, networkFailure, readRetryAfter, statusFailure } from "./failures.ts";
import { createHealth } from "./health.ts";
import { createPace } from "./pace.ts";
import type { Call, Health } from "./port.ts";
import type { SystemEntry } from "./vendor.ts";
import { openWindow } from "./windows.ts";

export type HttpRequest = {
  /** What is done, for span and metric: "find-orders". */
  deed: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Whole address, its parts escaped by the vendor's builders. */
  url: string;
  headers?: Record<string, string>;
  body?: string;
  /** Whether it changes the system: then it is sent once, and no answer is AMBIGUOUS (W-04). A POST that only asks is no write. */
  write: boolean;
  /** Ms that the system was asked to hold its answer back (a long poll): that much later is not late. */
  waitMs?: number;
};
export type HttpAnswer = { status: number; headers: Record<string, string | string[] | undefined>; text: string };

/** The calls to one system: each with a deadline, a turn, a slot and the breaker of that system. */
export type Http = {
  /** Gives any answer below 500 but 408 and 429; everything else is thrown as the failure that it is. */
  send(request: HttpRequest, call: Call): Promise<HttpAnswer>;
  health(): Health;
  /** The system said, in its own words, that it takes nothing for so long: nothing is sent until then. */
  stayAway(ms: number): void;
  /** Ends the calls under way, too. */
  close(): Promise<void>;
};

type Entry = Pick<SystemEntry, "name" | "limits" | "windows">;
type Times = Pick<Internals, "breakerFailures" | "breakerHalfOpenMs">;

/** Opens nothing yet: connections are made by the first calls and kept. */
export function connectHttp({ name: system, limits, windows }: Entry, times: Times): Http {
  const agent = new Agent({
    connections: limits.concurrency,
    connect: { timeout: 5_000 },
    maxResponseSize: 64 * 1024 * 1024,
  });
  const closing = new AbortController();
  const slots = bulkhead(limits.concurrency, limits.concurrency * 20);
  const breaker = circuitBreaker(handleWhen(countsAgainst), {
    breaker: new ConsecutiveBreaker(times.breakerFailures),
    halfOpenAfter: times.breakerHalfOpenMs,
  });
  const pace = createPace(system, limits.requestsPerMinute);
  const health = createHealth(system, limits.deadlineMs, () => breaker.state);
  breaker.onStateChange(() => health.changed());
  const rereads = retry(handleWhen(canBeReadAgain), {
    maxAttempts: 2,
    backoff: new ExponentialBackoff({ initialDelay: 30, maxDelay: 500 }),
  });

  const once = async (request: HttpRequest, call: Call, deadline: Deadline, sent: Sent): Promise<HttpAnswer> => {
    sent.isUnderWay = false;
    const work = async () => {
      await pace.take(deadline);
      return slots.execute(() => breaker.execute(() => talk(request, call, deadline, sent)));
    };
    return deadline.race(work());
  };

  const talk = async (request: HttpRequest, call: Call, { signal }: Deadline, sent: Sent): Promise<HttpAnswer> => {
    signal.throwIfAborted();
    sent.isUnderWay = true;
    const startedAt = performance.now();
    const answer = await transmit(agent, request, call, signal).catch((error: unknown) => {
      health.failed();
      throw networkFailure(sent, signal.aborted ? signal.reason : error);
    });
    const retryAfterMs = readRetryAfter(one(answer.headers["retry-after"]));
    if ((answer.status === 429 || answer.status === 503) && retryAfterMs !== undefined) pace.stayAway(retryAfterMs);
    const failure = statusFailure(sent, { ...answer, retryAfterMs });
    if (failure) throw (health.failed(), failure);
    health.answered(performance.now() - startedAt - (request.waitMs ?? 0));
    return answer;
  };

  return {
    send: (request, call) =>
      observe({ system, deed: request.deed, correlationId: call.correlationId }, async () => {
        refuseInWindow(system, windows, request.write);
        const ms = Math.min(call.deadlineMs ?? Infinity, limits.deadlineMs + (request.waitMs ?? 0));
        if (ms <= 0) throw new TransientFailure({ system, code: "NO_ANSWER" });
        const deadline = startDeadline(ms, call.signal, closing.signal);
        const sent: Sent = { system, write: request.write, isUnderWay: false };
        try {
          if (request.write) return await once(request, call, deadline, sent);
          return await deadline.race(rereads.execute(() => once(request, call, deadline, sent), deadline.signal));
        } catch (error) {
          throw error instanceof SystemFailure ? error : heldBack(error, sent);
        } finally {
          deadline.end();
        }
      }),
    health: () => health.read(),
    stayAway: (ms) => pace.stayAway(ms),
    async close() {
      closing.abort();
      await agent.destroy();
    },
  };
}

type Sent = { system: string; write: boolean; isUnderWay: boolean };

async function transmit(agent: Agent, request: HttpRequest, call: Call, signal: AbortSignal): Promise<HttpAnswer> {
  const { method, url, headers, body } = request;
  const answer = await exchange(url, {
    dispatcher: agent,
    method,
    signal,
    headers: { accept: "application/json", "x-correlation-id": headerText(call.correlationId), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}

/** What kept a call from being sent, or cut it short while it was. */
function heldBack(error: unknown, sent: Sent): SystemFailure {
  const { system } = sent;
  if (error instanceof BrokenCircuitError) return new TransientFailure({ system, code: "CIRCUIT_OPEN", cause: error });
  if (error instanceof BulkheadRejectedError || error instanceof TaskCancelledError || !sent.isUnderWay)
    return new TransientFailure({ system, code: "LIMIT_REACHED", cause: error });
  return networkFailure(sent, error);
}

const rereadable = new Set(["CONNECTION_REFUSED", "UNAVAILABLE", "NO_ANSWER"]);
const canBeReadAgain = (error: Error) => error instanceof TransientFailure && rereadable.has(error.code);

function refuseInWindow(system: string, windows: Entry["windows"], write: boolean): void {
  const until = openWindow(windows, write, new Date());
  if (until !== null) throw new TransientFailure({ system, code: "WINDOW_CLOSED", retryAfterMs: until });
}

const one = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header);
/** A header carries visible ASCII only. */
const headerText = (text: string) => text.replace(/[^\x21-\x7e]/g, "_").slice(0, 128);

/** For a 2xx answer of a write whose body nobody can read: it was probably done (W-04). */
export function unreadable(system: string, write: boolean, text: string, cause: unknown): SystemFailure {
  const facts = { system, vendorText: text.slice(0, 4_000), cause };
  return write
    ? new AmbiguousOutcome({ ...facts, code: "OUTCOME_UNKNOWN" })
    : new TransientFailure({ ...facts, code: "RESPONSE_INVALID" });
}
