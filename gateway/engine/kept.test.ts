import assert from "node:assert/strict";
import { test } from "node:test";
import { createKept } from "./kept.ts";

test("what is kept can be looked at as often as one likes: what was used last stays, and nothing is used by looking", () => {
  const kept = createKept<{ n: number }>(5);
  for (let n = 0; n < 8; n += 1) kept.set(`${n}`, { n });
  for (let look = 0; look < 3; look += 1)
    assert.deepEqual(
      kept.values().map(({ n }) => n),
      [5, 6, 7, 0, 1, 2, 3, 4],
    );
  kept.get("3");
  for (let n = 8; n < 10; n += 1) kept.set(`${n}`, { n });
  assert.deepEqual(
    ["3", "7", "0"].map((key) => kept.get(key)?.n),
    [3, 7, undefined],
  );
});
