import { companies } from "#shared/places.ts";

/**
 * Puts every company into a zone in which it is about noon: for stories that add up what a customer is credited in a day (D-23), which must not turn amid them,
 * whenever they run (W-30). The house reads its places in each process, so this counts in the test's own: call it before `startEverything`, with the worker here.
 */
export function letTheDayStay(): void {
  const ahead = 12 - new Date().getUTCHours();
  // In this family of zones what is ahead of UTC has a minus.
  const timeZone = `Etc/GMT${ahead > 0 ? "-" : "+"}${Math.abs(ahead)}`;
  for (const company of companies) company.timeZone = timeZone;
}
