import { DateTime } from "luxon";

/** A day of a year. */
type Rule = (year: number) => DateTime;

const onDay =
  (month: number, day: number): Rule =>
  (year) =>
    DateTime.utc(year, month, day);
/** The first, second … Monday (1) to Sunday (7) from a day of a month on. */
const weekdayFrom =
  (weekday: number, month: number, day: number): Rule =>
  (year) => {
    const from = DateTime.utc(year, month, day);
    return from.plus({ days: (weekday - from.weekday + 7) % 7 });
  };
const fromEaster =
  (days: number): Rule =>
  (year) =>
    easter(year).plus({ days });

const MONDAY = 1;
const THURSDAY = 4;
/** By company: the days on which its office and its sites are closed, and to where one moves that falls on a weekend. */
const calendars: Record<string, { rules: Rule[]; moved: "nearest" | "after" | "not" }> = {
  US01: {
    rules: [
      onDay(1, 1),
      weekdayFrom(MONDAY, 5, 25), // Memorial Day
      onDay(7, 4),
      weekdayFrom(MONDAY, 9, 1), // Labor Day
      weekdayFrom(THURSDAY, 11, 22), // Thanksgiving
      onDay(12, 25),
    ],
    moved: "nearest",
  },
  CA02: {
    rules: [
      onDay(1, 1),
      weekdayFrom(MONDAY, 2, 15), // Family Day
      fromEaster(-2),
      weekdayFrom(MONDAY, 5, 18), // Victoria Day
      onDay(7, 1),
      weekdayFrom(MONDAY, 9, 1), // Labour Day
      weekdayFrom(MONDAY, 10, 8), // Thanksgiving
      onDay(12, 25),
      onDay(12, 26),
    ],
    moved: "after",
  },
  EU03: {
    rules: [
      onDay(1, 1),
      fromEaster(-2),
      fromEaster(1),
      onDay(5, 1),
      fromEaster(39), // Himmelfahrt
      fromEaster(50), // Pfingstmontag
      onDay(10, 3),
      onDay(10, 31), // Reformationstag, in Hamburg
      onDay(12, 25),
      onDay(12, 26),
    ],
    moved: "not",
  },
};

const known = new Map<string, ReadonlySet<string>>();

/** The days (`YYYY-MM-DD`) of a year on which a company's office and sites are closed, weekends aside. */
export function holidaysOf(companyId: string, year: number): ReadonlySet<string> {
  const key = `${companyId}/${year}`;
  const days = known.get(key) ?? daysOf(companyId, year);
  known.set(key, days);
  return days;
}

/** Whether a company works on a day (`YYYY-MM-DD`, its own): Monday to Friday, and no holiday. */
export function isWorkday(companyId: string, day: string): boolean {
  const { weekday, year } = DateTime.fromISO(day, { zone: "utc" });
  return weekday <= 5 && !holidaysOf(companyId, year).has(day);
}

function daysOf(companyId: string, year: number): ReadonlySet<string> {
  const { rules, moved } = calendars[companyId] ?? { rules: [], moved: "not" };
  const days = new Set<string>();
  // New Year's Day of the next year may move into this one.
  for (const each of [year, year + 1])
    for (const rule of rules) {
      let at = rule(each);
      const step = moved === "nearest" && at.weekday === 6 ? -1 : 1;
      while (moved !== "not" && (at.weekday > 5 || days.has(at.toISODate()!))) at = at.plus({ days: step });
      if (at.year === year) days.add(at.toISODate()!);
    }
  return days;
}

/** Easter Sunday (Gauss, in the form of Meeus, Jones and Butcher). */
function easter(year: number): DateTime {
  const [a, b, c] = [year % 19, Math.floor(year / 100), year % 100];
  const d = b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3);
  const h = (19 * a + d + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const sum = h + l - 7 * m + 114;
  return DateTime.utc(year, Math.floor(sum / 31), (sum % 31) + 1);
}
