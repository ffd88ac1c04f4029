import assert from "node:assert/strict";
import { test } from "node:test";
import { createSilentLog } from "#shared/log.ts";
import { loadReturn, startReturn } from "./facts.ts";
import type { Policies } from "./policies/policies.ts";
import { recurringWork } from "./recurring.ts";
import { authorizedReturn } from "./sample-facts.ts";
import { statusOf } from "./status.ts";
import { openBench, stampFor, testTimes } from "./testing/engine-for-tests.ts";
import { inTransaction } from "#shared/database.ts";

test("the timers recur, and what they start is told to the sequencer and the lanes (W-09, W-14)", async () => {
  const { db, erp } = await openBench();
  const told: { facts: number }[] = [];
  const recurring = recurringWork({
    ...{ db, log: createSilentLog(), systems: erp.systems, policies: {} as Policies, installation: "BH1", flows: [] },
    ...{ times: testTimes(), hooks: "", free: () => 1, answer: async () => null, poll: async () => null },
    committed: (change) => told.push(change),
  });
  const { facts } = authorizedReturn({ id: "rln_late", quantity: "4" });
  const late = facts.map((fact) =>
    fact.kind === "return.authorized"
      ? { ...fact, data: { ...fact.data, expiresAt: "2026-01-31T05:59:59.999Z" } }
      : fact,
  );
  const { returnId } = facts[0]!;
  await inTransaction(db, (tx) => startReturn(tx, returnId, stampFor(), late));
  const timers = recurring.find(({ name }) => name === "timers")!;
  await timers.work();
  assert.equal(statusOf((await loadReturn(db, returnId))!), "EXPIRED");
  assert.deepEqual(
    told.map((change) => change.facts),
    [1],
  );
  await timers.work();
  assert.equal(told.length, 1, "an expired return is not told again");
});
