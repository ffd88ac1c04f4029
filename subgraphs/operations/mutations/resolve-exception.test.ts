import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createCaller, type Caller } from "#shared/caller.ts";
import { ada, codes, eve, fin, otto, sam, startTasks, wilma } from "../../../test/tasks.ts";

let tasks: Awaited<ReturnType<typeof startTasks>>;
before(async () => {
  tasks = await startTasks();
});

const resolve = (id: string, caller: Caller, changes: object = {}) =>
  tasks.mutate(
    "resolveException",
    "exception { id status trail { action note actor { id } } } operation { id status }",
    { id, resolution: "FIXED_OUTSIDE", note: "Done by hand.", ...changes },
    caller,
  );

test("a resolved task lets its operation go on, and says who resolved it and why", async () => {
  const { exceptionId, operationId } = await tasks.raise("CUSTOMER_BLOCKED");
  const { exception, operation, userErrors } = await resolve(exceptionId, fin);
  assert.deepEqual([userErrors, exception.status, operation], [[], "RESOLVED", { id: operationId, status: "WAITING" }]);
  assert.deepEqual(exception.trail.at(-1), { action: "RESOLVED", note: "Done by hand.", actor: { id: "fin" } });
  assert.ok(tasks.rung.includes("money"));
  assert.deepEqual(codes(await resolve(exceptionId, fin)), ["CONFLICT id"]);
  assert.deepEqual(codes(await resolve(exceptionId, fin, { note: "" })), ["INVALID_INPUT note"]);
});

test("a cancelled task ends its operation", async () => {
  const { exceptionId } = await tasks.raise("CUSTOMER_BLOCKED");
  assert.equal((await resolve(exceptionId, sam, { resolution: "CANCELLED" })).operation.status, "CANCELLED");
});

test("everybody resolves what their role owns, supervisor and operations all but money (vocabulary section 9)", async () => {
  const money = (await tasks.raise("TAX_DIFFERENCE")).exceptionId;
  const goods = (await tasks.raise("OVER_RECEIPT")).exceptionId;
  for (const stranger of [ada, wilma, sam, otto])
    assert.deepEqual(codes(await resolve(money, stranger)), ["NOT_ALLOWED id"]);
  for (const stranger of [ada, fin]) assert.deepEqual(codes(await resolve(goods, stranger)), ["NOT_ALLOWED id"]);
  assert.deepEqual(codes(await resolve(goods, eve)), ["NOT_FOUND id"]);
  assert.deepEqual(codes(await resolve(goods, createCaller({ ...otto, id: "nobody", roles: [] }))), ["NOT_FOUND id"]);
  assert.equal((await resolve(money, fin, { resolution: "WAIVED" })).exception.status, "RESOLVED");
  assert.equal((await resolve(goods, wilma)).exception.status, "RESOLVED");
});
