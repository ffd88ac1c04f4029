import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Caller } from "#shared/caller.ts";
import { ada, codes, sam, startTasks } from "../../../test/tasks.ts";

let tasks: Awaited<ReturnType<typeof startTasks>>;
before(async () => {
  tasks = await startTasks();
});

const assign = (id: string, caller: Caller, ownerId = "bob") =>
  tasks.mutate("assignException", "exception { status owner { id displayName kind } }", { id, ownerId }, caller);

test("a task is given to a person by those who may", async () => {
  const { exceptionId } = await tasks.raise("CUSTOMER_BLOCKED");
  assert.deepEqual(codes(await assign(exceptionId, ada)), ["NOT_ALLOWED id"]);
  assert.deepEqual(codes(await assign(exceptionId, sam, " ")), ["INVALID_INPUT ownerId"]);
  assert.deepEqual((await assign(exceptionId, sam)).exception, {
    status: "ASSIGNED",
    owner: { id: "bob", displayName: "bob", kind: "PERSON" },
  });
});
