import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Caller } from "#shared/caller.ts";
import { codes, fin, otto, startTasks } from "../../../test/tasks.ts";

let tasks: Awaited<ReturnType<typeof startTasks>>;
before(async () => {
  tasks = await startTasks();
});

const replay = (input: object, caller: Caller) =>
  tasks.mutate(
    "replayExceptions",
    "results { exception { id status attempts } operation { id status } userErrors { code } }",
    input,
    caller,
  );

test("of many replays each answers for itself: one that can't be replayed keeps no other from it", async () => {
  const [good, stuck, gone] = [
    await tasks.raise("CUSTOMER_BLOCKED"),
    await tasks.raise("POSTING_REFUSED", false),
    { exceptionId: "exc_none" },
  ];
  const { results, userErrors } = await replay({ ids: [good, stuck, gone].map(({ exceptionId }) => exceptionId) }, fin);
  assert.deepEqual(userErrors, []);
  const by = new Map(results.map((result: any) => [result.exception?.id ?? "none", result]));
  assert.deepEqual(by.get(good.exceptionId), {
    exception: { id: good.exceptionId, status: "REPLAYING", attempts: 2 },
    operation: { id: good.operationId, status: "WAITING" },
    userErrors: [],
  });
  assert.deepEqual((by.get(stuck.exceptionId) as any).userErrors, [{ code: "CONFLICT" }]);
  assert.deepEqual((by.get("none") as any).userErrors, [{ code: "NOT_FOUND" }]);
  assert.deepEqual(codes(await replay({}, otto)), ["INVALID_INPUT ids"]);
  const warehouse = await tasks.raise("INSTRUCTION_REJECTED");
  assert.deepEqual((await replay({ ids: [warehouse.exceptionId] }, fin)).results[0].userErrors, [
    { code: "NOT_ALLOWED" },
  ]);
  assert.deepEqual(
    (await replay({ filter: { category: ["WAREHOUSE_REJECTION"] } }, otto)).results.map(
      ({ exception }: any) => exception.id,
    ),
    [warehouse.exceptionId],
  );
});

test("the same key answers the same, also for the tasks that were refused (W-21)", async () => {
  const { exceptionId } = await tasks.raise("CUSTOMER_BLOCKED");
  const input = { idempotencyKey: "once", ids: [exceptionId, "exc_none"] };
  const [first, second] = [await replay(input, otto), await replay(input, otto)];
  assert.deepEqual(second, first);
  assert.deepEqual(codes(await replay({ ...input, ids: [exceptionId] }, otto)), [
    "IDEMPOTENCY_KEY_REUSED idempotencyKey",
  ]);
});
