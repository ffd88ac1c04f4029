import { setMaxListeners } from "node:events";
import type { Person } from "#tools/client/gateway.ts";

const milestones = /* GraphQL */ `
  subscription DayMilestones($returnId: ID!, $after: String) {
    returnMilestones(returnId: $returnId, after: $after) {
      cursor
      milestone {
        type
      }
    }
  }
`;

/** What has happened to one return, from its first milestone on. */
export type Watch = {
  /** Resolves once so many milestones of this type have been seen; rejects when the watch is over. */
  until(type: string, count?: number): Promise<void>;
  /** How many milestones of this type there have been. */
  seen(type: string): number;
  /** Resolves with the next milestone of any type; true when none came within so many milliseconds. */
  next(withinMs?: number): Promise<boolean>;
  over: AbortSignal;
  /** Ends every wait. */
  end(): void;
};

export type Watched = {
  person: Person;
  returnId: string;
  /** Told of every milestone. */
  told: (type: string) => void;
  /** Without a milestone for so long the watch is over. */
  patienceMs: number;
};

/** Follows a return over the person's connection, which has to be closed in the end. */
export function watchReturn({ person, returnId, told, patienceMs }: Watched): Watch {
  const seen = new Map<string, number>();
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  let news = Promise.withResolvers<void>();
  const giveUp = () => over.abort(new Error(`nothing happened for ${patienceMs / 1000} s`));
  const timer = setTimeout(giveUp, patienceMs);
  const pump = async () => {
    for await (const { milestone } of person.follow(milestones, { returnId })) {
      if (!milestone) continue;
      timer.refresh();
      seen.set(milestone.type, countOf(milestone.type) + 1);
      told(milestone.type);
      news.resolve();
      news = Promise.withResolvers<void>();
    }
  };
  pump().catch((error: unknown) => over.abort(error));
  over.signal.addEventListener("abort", () => clearTimeout(timer));
  const next = async (withinMs = patienceMs): Promise<boolean> => {
    over.signal.throwIfAborted();
    const ended = Promise.withResolvers<never>();
    const inTime = Promise.withResolvers<boolean>();
    const reject = () => ended.reject(over.signal.reason);
    over.signal.addEventListener("abort", reject, { once: true });
    const quiet = setTimeout(() => inTime.resolve(true), withinMs);
    try {
      return await Promise.race([news.promise.then(() => false), ended.promise, inTime.promise]);
    } finally {
      clearTimeout(quiet);
      over.signal.removeEventListener("abort", reject);
    }
  };
  const countOf = (type: string) => seen.get(type) ?? 0;
  const until = async (type: string, count = 1) => {
    while (countOf(type) < count) await next();
  };
  return { until, next, seen: countOf, over: over.signal, end: () => over.abort(new Error("the day is over")) };
}
