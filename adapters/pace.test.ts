import assert from "node:assert/strict";
import { test } from "node:test";
import { startDeadline } from "./deadline.ts";
import { readRetryAfter } from "./failures.ts";
import { createPace } from "./pace.ts";

test("calls over the limit of a minute are told when their turn would be, without waiting for it", async () => {
  const pace = createPace("erp-us01", 2);
  const begun = performance.now();
  const deadline = startDeadline(30_000);
  await pace.take(deadline);
  await pace.take(deadline);
  await assert.rejects(pace.take(deadline), (error: { code: string; kind: string; retryAfterMs: number }) => {
    assert.deepEqual([error.kind, error.code], ["TRANSIENT", "RATE_LIMITED"]);
    return error.retryAfterMs <= 60_000 && error.retryAfterMs >= 60_000 - (performance.now() - begun);
  });
  deadline.end();
});

test("a turn within the deadline is waited for", async () => {
  const pace = createPace("erp-us01", 10);
  const deadline = startDeadline(10_000);
  pace.stayAway(20);
  await pace.take(deadline);
  assert.equal(deadline.leftMs() < 10_000 - 15, true);
  deadline.end();
});

test("Retry-After is seconds or a date; anything else says nothing", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  assert.deepEqual(
    ["7", "0", "Sat, 21 Nov 2026 12:00:30 GMT", "soon", undefined, "Sat, 21 Nov 2026 11:00:00 GMT"].map((header) =>
      readRetryAfter(header, now),
    ),
    [7_000, 0, 30_000, undefined, undefined, 0],
  );
});
