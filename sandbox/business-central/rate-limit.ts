import { ODataError } from "./errors.ts";
import type { Settings } from "./settings.ts";

/** Counts requests in a sliding window; over the limit 429, and the real one gives no Retry-After. */
export function createRateLimit(settings: Settings) {
  let arrivals: number[] = [];
  return () => {
    const now = performance.now();
    const start = now - settings.rateLimit.windowMs;
    if (arrivals.length > 0 && arrivals[0]! < start) arrivals = arrivals.filter((at) => at >= start);
    if (arrivals.length >= settings.rateLimit.requests)
      throw new ODataError(429, "Application_TooManyRequests", "Too many requests. Try again later.");
    arrivals.push(now);
  };
}
