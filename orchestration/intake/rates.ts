import { coded } from "#shared/errors.ts";

/** At most so many deliveries of a system a minute (RATE_LIMITED), and of all at once (UNAVAILABLE). */
export function createRates({ perMinute, atOnce }: { perMinute: number; atOnce: number }) {
  const buckets = new Map<string, { left: number; at: number }>();
  let underWay = 0;
  const draw = (system: string): void => {
    const now = performance.now();
    const bucket = buckets.get(system) ?? { left: perMinute, at: now };
    bucket.left = Math.min(perMinute, bucket.left + ((now - bucket.at) * perMinute) / 60_000);
    bucket.at = now;
    if (bucket.left < 1) throw coded("RATE_LIMITED", { retryAfterMs: 5_000 });
    bucket.left -= 1;
    buckets.set(system, bucket);
  };
  return {
    async within<Answer>(system: string, work: () => Promise<Answer>): Promise<Answer> {
      if (underWay >= atOnce) throw coded("UNAVAILABLE");
      draw(system);
      underWay += 1;
      try {
        return await work();
      } finally {
        underWay -= 1;
      }
    },
  };
}
