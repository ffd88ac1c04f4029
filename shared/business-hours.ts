import { DateTime } from "luxon";
import { zoneOfSite, type Site } from "./calendar.ts";
import { isWorkday } from "./holidays.ts";

/** Work is done from 08:00 to 17:00 at the site or company, on its workdays: a day of it is nine hours. */
const OPENS = 8;
const CLOSES = 17;
export const HOURS_A_DAY = CLOSES - OPENS;

/** The instant at which so many business hours have passed since `from`, RFC 3339 UTC. */
export function afterBusinessHours(site: Site, from: Date, hours: number): string {
  let at = nextOpen(site, DateTime.fromJSDate(from, { zone: zoneOfSite(site) }));
  for (let left = hours * 60; ;) {
    const closes = hourOf(at, CLOSES);
    const today = closes.diff(at, "minutes").minutes;
    if (left <= today) return at.plus({ minutes: left }).toUTC().toISO()!;
    left -= today;
    at = nextOpen(site, closes);
  }
}

/** The instant itself while it is open, else when it opens next. */
function nextOpen({ companyId }: Site, from: DateTime): DateTime {
  let at = from.hour >= CLOSES ? hourOf(from.plus({ days: 1 }), OPENS) : from;
  if (at.hour < OPENS) at = hourOf(at, OPENS);
  while (!isWorkday(companyId, at.toISODate()!)) at = hourOf(at.plus({ days: 1 }), OPENS);
  return at;
}
const hourOf = (at: DateTime, hour: number): DateTime => at.set({ hour, minute: 0, second: 0, millisecond: 0 });

/** The instant so many times 24 hours later, RFC 3339 UTC. */
export const afterDays = (from: Date, days: number): string =>
  new Date(from.getTime() + days * 86_400_000).toISOString();
