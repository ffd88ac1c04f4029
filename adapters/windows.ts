import { DateTime } from "luxon";
import type { Window } from "./vendor.ts";

/** Ms until the last window that is open now and blocks this call ends; null if none does. */
export function openWindow(windows: readonly Window[], write: boolean, now: Date): number | null {
  const ends = windows
    .filter(({ block }) => write || block === "everything")
    .flatMap((window) => endOf(window, now) ?? []);
  return ends.length === 0 ? null : Math.max(...ends) - now.getTime();
}

/** When the window that is open now ends, by looking back minute by minute for its start. */
function endOf(window: Window, now: Date): number | null {
  const minute = DateTime.fromJSDate(now, { zone: window.zone }).startOf("minute");
  for (let back = 0; back * 60_000 < window.for; back += 1) {
    const start = minute.minus({ minutes: back });
    const end = start.toMillis() + window.for;
    if (end > now.getTime() && fits(window.cron, start)) return end;
  }
  return null;
}

/** Minute, hour, day of month (`L` is the last), month, day of week (0 or 7 is Sunday). Both days given: either fits, as cron has it. */
function fits(cron: string, at: DateTime): boolean {
  const [minute, hour, day, month, weekday] = cron.split(" ") as [string, string, string, string, string];
  const isDay = fieldFits(day.replace("L", String(at.daysInMonth)), at.day, 1, 31);
  const isWeekday = fieldFits(weekday, at.weekday % 7, 0, 6) || (at.weekday === 7 && fieldFits(weekday, 7, 0, 7));
  const days = day !== "*" && weekday !== "*" ? isDay || isWeekday : isDay && isWeekday;
  return (
    days && fieldFits(minute, at.minute, 0, 59) && fieldFits(hour, at.hour, 0, 23) && fieldFits(month, at.month, 1, 12)
  );
}

function fieldFits(field: string, value: number, least: number, most: number): boolean {
  return field.split(",").some((part) => {
    const [range = "*", step = "1"] = part.split("/");
    const [from, to = part.includes("/") ? String(most) : undefined] =
      range === "*" ? [String(least), String(most)] : range.split("-");
    const first = Number(from);
    return value >= first && value <= Number(to ?? from) && (value - first) % Number(step) === 0;
  });
}
