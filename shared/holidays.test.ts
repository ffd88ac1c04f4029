import assert from "node:assert/strict";
import { test } from "node:test";
import { businessDaysIn } from "./calendar.ts";
import { holidaysOf, isWorkday } from "./holidays.ts";

test("each company has the holidays of its country; what falls on a weekend is moved as people do there", () => {
  assert.deepEqual([...holidaysOf("US01", 2026)].toSorted(), [
    "2026-01-01",
    "2026-05-25",
    "2026-07-03",
    "2026-09-07",
    "2026-11-26",
    "2026-12-25",
  ]);
  assert.deepEqual([...holidaysOf("CA02", 2027)].toSorted(), [
    "2027-01-01",
    "2027-02-15",
    "2027-03-26",
    "2027-05-24",
    "2027-07-01",
    "2027-09-06",
    "2027-10-11",
    "2027-12-27",
    "2027-12-28",
  ]);
  assert.deepEqual([...holidaysOf("EU03", 2026)].toSorted(), [
    "2026-01-01",
    "2026-04-03",
    "2026-04-06",
    "2026-05-01",
    "2026-05-14",
    "2026-05-25",
    "2026-10-03",
    "2026-10-31",
    "2026-12-25",
    "2026-12-26",
  ]);
  assert.ok(holidaysOf("US01", 2021).has("2021-12-31"), "New Year's Day of 2022 was a Saturday");
});

test("nobody works at weekends and on holidays, and five business days go around them", () => {
  assert.deepEqual(
    ["2026-11-25", "2026-11-26", "2026-11-28"].map((day) => isWorkday("US01", day)),
    [true, false, false],
  );
  assert.equal(isWorkday("EU03", "2026-11-26"), true);
  const wednesday = new Date("2026-11-25T15:00:00Z");
  assert.equal(businessDaysIn("US01", wednesday, 5), "2026-12-03T15:00:00.000Z");
  assert.equal(businessDaysIn("EU03", wednesday, 5), "2026-12-02T15:00:00.000Z");
});
