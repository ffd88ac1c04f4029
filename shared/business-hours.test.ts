import assert from "node:assert/strict";
import { test } from "node:test";
import { afterBusinessHours, afterDays, HOURS_A_DAY } from "./business-hours.ts";

const chicago = { companyId: "US01", warehouse: null };
const after = (from: string, hours: number, site = chicago) =>
  afterBusinessHours(site, new Date(from), hours).slice(0, 16);

test("business hours are from 08:00 to 17:00 of workdays where the work is done", () => {
  // Friday 2026-05-08, 16:00 in Chicago is 21:00Z.
  assert.equal(after("2026-05-08T21:00:00Z", 1), "2026-05-08T22:00");
  assert.equal(after("2026-05-08T21:00:00Z", HOURS_A_DAY), "2026-05-11T21:00");
  assert.equal(after("2026-05-09T10:00:00Z", 4), "2026-05-11T17:00", "nobody works on Saturday");
  assert.equal(after("2026-05-06T03:00:00Z", 4), "2026-05-06T17:00", "nor at night");
  assert.equal(after("2026-05-04T13:00:00Z", 10 * HOURS_A_DAY), "2026-05-15T22:00");
  assert.equal(after("2026-05-22T21:00:00Z", 2), "2026-05-26T14:00", "nor on a holiday");
  assert.equal(after("2026-05-04T06:00:00Z", 1, { companyId: "EU03", warehouse: "HAM4" } as never), "2026-05-04T07:00");
});

test("a day longer or shorter by an hour has the same business hours", () => {
  // Clocks go back on Sunday 2026-11-01.
  assert.equal(after("2026-10-30T21:00:00Z", HOURS_A_DAY), "2026-11-02T22:00");
  assert.equal(afterDays(new Date("2026-10-30T21:00:00Z"), 2), "2026-11-01T21:00:00.000Z");
});
