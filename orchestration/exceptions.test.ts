import assert from "node:assert/strict";
import { test } from "node:test";
import { inTransaction } from "#shared/database.ts";
import { assignTask, raiseTask, replayTask, resolveTask } from "./exceptions.ts";
import { loadReturn } from "./facts.ts";
import { begin, openBench, run, stampFor, until } from "./testing/engine-for-tests.ts";
import { decideStep, flowOf, has, reactionsOf } from "./testing/fake-flows.ts";

const bench = await openBench();
const { db } = bench;
const none = { flows: [], react: () => [] };
const stamp = stampFor(none);
const raise = (returnId: string | null, cause: string) =>
  inTransaction(db, (tx) =>
    raiseTask(tx, { code: "TAX_DIFFERENCE", summary: "0.02 too much", cause, returnId }, stamp),
  );

test("a cause has one open task, however often and at once it is raised; its owner follows from the code (RS-28, RS-29)", async () => {
  const { id } = await begin(db, none);
  const ids = await Promise.all(Array.from({ length: 10 }, () => raise(id, "tax")));
  assert.equal(new Set(ids).size, 1);
  const task = await db.selectFrom("exceptions").selectAll().where("id", "=", ids[0]!).executeTakeFirstOrThrow();
  assert.deepEqual(
    [task.category, task.owner_role, task.status, task.attempts, task.company_id],
    ["MONEY_DIFFERENCE", "finance", "OPEN", 10, "US01"],
  );
  const state = (await loadReturn(db, id))!;
  assert.deepEqual(
    state.exceptions.map(({ code, status }) => [code, status]),
    [["TAX_DIFFERENCE", "OPEN"]],
  );
});

test("assigning and resolving are facts of the return and lines of the trail; what is resolved stays so", async () => {
  const { id } = await begin(db, none);
  const task = await raise(id, "assigned");
  await inTransaction(db, (tx) => assignTask(tx, task, { ownerId: "usr_fin", note: "yours" }, stamp));
  const done = await inTransaction(db, (tx) =>
    resolveTask(tx, task, { resolution: "WAIVED", note: "two cents", reference: null }, stamp),
  );
  assert.ok("task" in done && done.task.status === "RESOLVED" && done.task.owner_id === "usr_fin");
  const again = await inTransaction(db, (tx) =>
    resolveTask(tx, task, { resolution: "WAIVED", note: "", reference: null }, stamp),
  );
  assert.ok("refused" in again && again.refused.code === "CONFLICT");
  const trail = await db
    .selectFrom("exception_trail")
    .select("action")
    .where("exception_id", "=", task)
    .orderBy("at")
    .execute();
  assert.deepEqual(
    trail.map(({ action }) => action),
    ["RAISED", "ASSIGNED", "RESOLVED"],
  );
  assert.deepEqual(
    (await loadReturn(db, id))!.exceptions.map(({ status }) => status),
    ["RESOLVED"],
  );
  assert.notEqual(await raise(id, "assigned"), task, "the same cause later is another task");
});

test("an unknown task is NOT_FOUND; one that nothing waits for can't be replayed", async () => {
  const unknown = await inTransaction(db, (tx) => replayTask(tx, "exc_0", { note: null }, stamp));
  assert.ok("refused" in unknown && unknown.refused.code === "NOT_FOUND");
  const task = await raise(null, "nothing waits");
  const refused = await inTransaction(db, (tx) => replayTask(tx, task, { note: null }, stamp));
  assert.ok("refused" in refused && refused.refused.code === "CONFLICT");
});

test("what a task stopped goes on from the same step when it is resolved, and ends when it is cancelled (RS-09)", async () => {
  let fixed = false;
  const picky = decideStep("picky", {
    decide: () =>
      fixed
        ? { facts: [{ kind: "case.linked", data: { caseId: "picky", originating: false } }] }
        : { facts: [], tasks: [{ code: "UNKNOWN_ITEM", summary: "what is it?" }], then: "stop" },
  });
  const reactions = reactionsOf(flowOf("picky", [decideStep("before"), picky]));
  const running = run(bench, reactions);
  for (const resolution of ["CANCELLED", "FIXED_OUTSIDE"] as const) {
    const { id, started } = await begin(db, reactions);
    const { exception_id } = await until(db, started[0]!.id, "NEEDS_ATTENTION");
    fixed = resolution === "FIXED_OUTSIDE";
    await inTransaction(db, (tx) => resolveTask(tx, exception_id!, { resolution, note: "", reference: null }, stamp));
    await until(db, started[0]!.id, fixed ? "SUCCEEDED" : "CANCELLED");
    assert.equal(has((await loadReturn(db, id))!, "picky"), fixed);
  }
  await running.stop();
});

test("a step that hands over goes on with the flow (vocabulary section 4: task, on)", async () => {
  const lenient = decideStep("lenient", {
    decide: () => ({ facts: [], tasks: [{ code: "HAZARD_DATA_MISSING", summary: "no UN number" }] }),
  });
  const reactions = reactionsOf(flowOf("lenient", [lenient, decideStep("after")]));
  const running = run(bench, reactions);
  const { id, started } = await begin(db, reactions);
  await until(db, started[0]!.id, "SUCCEEDED");
  await running.stop();
  assert.ok(has((await loadReturn(db, id))!, "after"));
  const steps = await db
    .selectFrom("operation_steps")
    .select(["name", "status"])
    .where("operation_id", "=", started[0]!.id)
    .orderBy("position")
    .execute();
  assert.deepEqual(steps, [
    { name: "lenient", status: "HANDED_OVER" },
    { name: "after", status: "DONE" },
  ]);
});
