import { SalesforceError } from "./errors.ts";
import type { Settings } from "./settings.ts";

export type Limit = ReturnType<typeof createLimit>;

/** Counts the org's API calls; over the day's number 403, and nothing says for how long. */
export function createLimit(settings: Settings) {
  let used = 0;
  return {
    count(): void {
      if (used >= settings.dailyRequests)
        throw new SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
      used += 1;
    },
    usage: () => `api-usage=${used}/${settings.dailyRequests}`,
    startDay: () => void (used = 0),
  };
}
