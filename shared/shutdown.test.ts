import assert from "node:assert/strict";
import { test } from "node:test";
import { createSilentLog } from "./log.ts";
import { createShutdown } from "./shutdown.ts";

test("what was started last is stopped first, once, however often it is asked", async () => {
  const order: string[] = [];
  const shutdown = createShutdown(createSilentLog());
  for (const name of ["database", "worker", "gateway"]) shutdown.add(name, () => order.push(name));
  assert.deepEqual(await Promise.all([shutdown.run("test"), shutdown.run("again")]), [[], []]);
  assert.deepEqual(order, ["gateway", "worker", "database"]);
});

test("a part that fails or hangs is named and does not keep the rest", async () => {
  const order: string[] = [];
  const shutdown = createShutdown(createSilentLog());
  shutdown.add("database", () => order.push("database"));
  shutdown.add("hangs", () => new Promise(() => {}), { deadlineMs: 5 });
  shutdown.add("fails", () => Promise.reject(new Error("no")));
  assert.deepEqual(await shutdown.run("test"), ["fails", "hangs"]);
  assert.deepEqual(order, ["database"]);
});
