import assert from "node:assert/strict";
import { test } from "node:test";
import { loadReturn } from "../facts.ts";
import { begin, openBench, run, until } from "../testing/engine-for-tests.ts";
import { everyKindOfStep, keyOf, reactionsOf, recountIn } from "../testing/fake-flows.ts";

const bench = await openBench();

test("a flow runs through and each of its documents is posted once (W-01, W-05)", async () => {
  const reactions = reactionsOf(everyKindOfStep(bench.erp, recountIn(bench.db)));
  const running = run(bench, reactions);
  const { id, started } = await begin(bench.db, reactions);
  const operation = await until(bench.db, started[0]!.id, "SUCCEEDED", "NEEDS_ATTENTION");
  await running.stop();
  assert.equal(operation.status, "SUCCEEDED");
  const state = (await loadReturn(bench.db, id))!;
  assert.deepEqual(
    state.caseIds.map(({ caseId }) => caseId),
    ["decide", "compare", "post", "recounted", "count", "instruct"],
  );
  assert.equal((await bench.erp.posted(keyOf(state, "C"))).length, 1);
});
