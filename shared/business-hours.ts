import { DateTime } from "luxon";
import { zoneOfSite, type Site } from "./calendar.ts";
import { holidaysOf } from "./holidays.ts";

/** Work is done from 08:00 to 17:00 at the site or company, on its workdays: a day of it is nine hours. */
const OPENS = 8 * 60;
const CLOSES = 17 * 60;
export const HOURS_A_DAY = (CLOSES - OPENS) / 60;

const MS_A_DAY = 86_400_000;
/** Told once: the same stage of a return is asked for with each of its facts. */
const known = new Map<string, string>();
const MOST_KNOWN = 20_000;

/** The instant at which so many business hours have passed since `from`, RFC 3339 UTC. */
export function afterBusinessHours(site: Site, from: Date, hours: number): string {
  const key = `${site.companyId}/${site.warehouse ?? ""}/${from.getTime()}/${hours}`;
  const before = known.get(key);
  if (before) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const found = count(site, from, hours);
  known.set(key, found);
  return found;
}

/** Days are counted from 1970, minutes from midnight at the site; no clock is put forward or back while work is done. */
function count(site: Site, from: Date, hours: number): string {
  const zone = zoneOfSite(site);
  const at = DateTime.fromJSDate(from, { zone });
  let day = Date.UTC(at.year, at.month - 1, at.day) / MS_A_DAY;
  let minute = Math.max(OPENS, at.hour * 60 + at.minute + (at.second * 1_000 + at.millisecond) / 60_000);
  const toNext = () => {
    day += 1;
    minute = OPENS;
  };
  if (minute >= CLOSES) toNext();
  while (!isOpenOn(site.companyId, day)) toNext();
  let left = hours * 60;
  while (left > CLOSES - minute) {
    left -= CLOSES - minute;
    do toNext();
    while (!isOpenOn(site.companyId, day));
  }
  return DateTime.fromISO(isoDay(day), { zone })
    .set({ hour: Math.floor((minute + left) / 60), minute: Math.floor((minute + left) % 60) })
    .plus({ milliseconds: Math.round(((minute + left) % 1) * 60_000) })
    .toUTC()
    .toISO()!;
}

const isoDay = (day: number): string => new Date(day * MS_A_DAY).toISOString().slice(0, 10);

function isOpenOn(companyId: string, day: number): boolean {
  // The first of January 1970 was a Thursday.
  const weekday = (day + 4) % 7;
  const isWeekday = weekday !== 0 && weekday !== 6;
  const iso = isoDay(day);
  return isWeekday && !holidaysOf(companyId, Number(iso.slice(0, 4))).has(iso);
}

/** The instant so many times 24 hours later, RFC 3339 UTC. */
export const afterDays = (from: Date, days: number): string => new Date(from.getTime() + days * MS_A_DAY).toISOString();
