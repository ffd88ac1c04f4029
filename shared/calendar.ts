import { DateTime } from "luxon";
import { isWorkday } from "./holidays.ts";
import { companyById, warehouseByCode } from "./places.ts";

/** The calendar day (`YYYY-MM-DD`) at a company at an instant: posting dates, windows, thresholds per day (D-26). */
export const dayAt = (companyId: string, instant: Date): string =>
  DateTime.fromJSDate(instant, { zone: zoneOf(companyId) }).toISODate()!;

/** The last instant of the day that many calendar days later at the company, RFC 3339 UTC. */
export const endOfDayIn = (companyId: string, instant: Date, days: number): string =>
  DateTime.fromJSDate(instant, { zone: zoneOf(companyId) })
    .plus({ days })
    .endOf("day")
    .toUTC()
    .toISO()!;

/** The same time of day that many business days later at the company (Monday to Friday, no holiday of its own), RFC 3339 UTC. */
export function businessDaysIn(companyId: string, instant: Date, days: number): string {
  let at = DateTime.fromJSDate(instant, { zone: zoneOf(companyId) });
  for (let left = days; left > 0;) {
    at = at.plus({ days: 1 });
    if (isWorkday(companyId, at.toISODate()!)) left -= 1;
  }
  return at.toUTC().toISO()!;
}

/** Where goods were shipped from; null: not known, then the company counts (D-26). */
export type Site = { companyId: string; warehouse: string | null };

/** The calendar day at a site at an instant: windows and warranties count in the site's days (D-26). */
export const dayAtSite = (site: Site, instant: Date): string =>
  DateTime.fromJSDate(instant, { zone: zoneOfSite(site) }).toISODate()!;

/** The last instant of the day that many calendar days after `day` at a site, RFC 3339 UTC. */
export const endOfDayAtSite = (site: Site, day: string, later = 0): string =>
  DateTime.fromISO(day.slice(0, 10), { zone: zoneOfSite(site) })
    .plus({ days: later })
    .endOf("day")
    .toUTC()
    .toISO()!;

/** The day so many months later; the month's last day where it has no such day. */
export const monthsAfter = (day: string, months: number): string =>
  DateTime.fromISO(day.slice(0, 10), { zone: "utc" }).plus({ months }).toISODate()!;

export const zoneOfSite = ({ companyId, warehouse }: Site): string =>
  (warehouse && warehouseByCode(warehouse)?.timeZone) || zoneOf(companyId);

function zoneOf(companyId: string): string {
  const company = companyById(companyId);
  if (!company) throw new RangeError(`There is no company ${companyId}.`);
  return company.timeZone;
}

/** The calendar day on which what was shipped arrives, where no system says so (D-26). */
export function deliveryDay(companyId: string, shippedOn: string): string {
  return DateTime.fromISO(shippedOn)
    .plus({ days: companyById(companyId)?.transitDays ?? 0 })
    .toISODate()!;
}
