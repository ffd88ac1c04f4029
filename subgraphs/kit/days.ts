import { DateTime } from "luxon";
import { companyById } from "#shared/places.ts";

/** The first moment of a calendar day at a company, RFC 3339 in UTC: systems tell days, the graph tells moments. */
export function startOfDay(companyId: string, day: string): string {
  const zone = companyById(companyId)?.timeZone ?? "UTC";
  return DateTime.fromISO(day, { zone }).toUTC().toISO() as string;
}
