import { DateTime } from "luxon";
import { zoneOfSite, type Site } from "./calendar.ts";

/** Work is done Monday to Friday from 08:00 to 17:00 at the site or company: a day of it is nine hours. */
const OPENS = 8;
const CLOSES = 17;
export const HOURS_A_DAY = CLOSES - OPENS;

/** The instant at which so many business hours have passed since `from`, RFC 3339 UTC. */
export function afterBusinessHours(site: Site, from: Date, hours: number): string {
  let at = nextOpen(DateTime.fromJSDate(from, { zone: zoneOfSite(site) }));
  for (let left = hours * 60; ;) {
    const closes = at.set({ hour: CLOSES, minute: 0, second: 0, millisecond: 0 });
    const today = closes.diff(at, "minutes").minutes;
    if (left <= today) return at.plus({ minutes: left }).toUTC().toISO()!;
    left -= today;
    at = nextOpen(closes);
  }
}

/** The instant itself while it is open, else when it opens next. */
function nextOpen(at: DateTime): DateTime {
  const opens = at.set({ hour: OPENS, minute: 0, second: 0, millisecond: 0 });
  const start = at < opens ? opens : at.hour < CLOSES ? at : opens.plus({ days: 1 });
  return start.weekday <= 5 ? start : opensOn(start.plus({ days: 8 - start.weekday }));
}
const opensOn = (day: DateTime): DateTime => day.set({ hour: OPENS, minute: 0, second: 0, millisecond: 0 });

/** The instant so many times 24 hours later, RFC 3339 UTC. */
export const afterDays = (from: Date, days: number): string =>
  new Date(from.getTime() + days * 86_400_000).toISOString();
