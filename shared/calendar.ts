import { DateTime } from "luxon";
import { companyById } from "./places.ts";

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

/** The same time of day that many business days later at the company (Monday to Friday), RFC 3339 UTC. */
export function businessDaysIn(companyId: string, instant: Date, days: number): string {
  let at = DateTime.fromJSDate(instant, { zone: zoneOf(companyId) });
  for (let left = days; left > 0;) {
    at = at.plus({ days: 1 });
    if (at.weekday <= 5) left -= 1;
  }
  return at.toUTC().toISO()!;
}

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
