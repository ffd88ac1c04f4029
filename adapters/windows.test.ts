import assert from "node:assert/strict";
import { test } from "node:test";
import { openWindow } from "./windows.ts";
import type { Window } from "./vendor.ts";

const monthEnd: Window = {
  name: "month end",
  block: "writes",
  cron: "0 22 L * *",
  for: 4 * 3_600_000,
  zone: "America/Chicago",
};
const left = (window: Window, at: string, write = true) => openWindow([window], write, new Date(at));

test("a window is open from its start for its time, in its own zone, and tells how long it still is", () => {
  assert.equal(left(monthEnd, "2026-11-30T21:59:59-06:00"), null);
  assert.equal(left(monthEnd, "2026-11-30T22:00:00-06:00"), 4 * 3_600_000);
  assert.equal(left(monthEnd, "2026-12-01T01:30:00-06:00"), 30 * 60_000);
  assert.equal(left(monthEnd, "2026-12-01T02:00:00-06:00"), null);
  assert.equal(left(monthEnd, "2026-11-29T23:00:00-06:00"), null);
  assert.equal(left(monthEnd, "2027-02-28T22:30:00-06:00"), 3.5 * 3_600_000);
});

test("a window that blocks writes lets reads through", () => {
  assert.equal(left(monthEnd, "2026-11-30T23:00:00-06:00", false), null);
  assert.equal(left({ ...monthEnd, block: "everything" }, "2026-11-30T23:00:00-06:00", false), 3 * 3_600_000);
});

test("lists, ranges, steps and days of the week mean what cron says", () => {
  const nights: Window = { ...monthEnd, cron: "*/30 1,3-5 * * 1-5", for: 10 * 60_000, zone: "UTC" };
  const open = (at: string) => left(nights, at) !== null;
  assert.deepEqual(
    [
      "2026-11-23T01:05:00Z",
      "2026-11-23T04:39:59Z",
      "2026-11-23T02:05:00Z",
      "2026-11-22T01:05:00Z",
      "2026-11-23T01:11:00Z",
    ].map(open),
    [true, true, false, false, false],
  );
  assert.equal(left({ ...nights, cron: "0 0 1 * 7" }, "2026-11-22T00:05:00Z"), 5 * 60_000, "day of month or Sunday");
});
