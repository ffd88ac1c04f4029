import assert from "node:assert/strict";
import { before, test } from "node:test";
import { raiseTask } from "#orchestration/exceptions.ts";
import { inTransaction } from "#shared/database.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { judge } from "../judge.ts";
import { plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// What systems refuse is a task with an owner, and goes on once somebody has seen to it (RS-08 to RS-12, RS-28, RS-29).

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

const block = (number: string, blocked: "All" | "_x0020_") =>
  system.sandbox.servers["business-central"].controls.change({
    ...{ company: "US01", set: "customers", number, fields: { blocked } },
  });

/** The one open task of a return, once there is one. */
async function taskOf(returnId: string): Promise<string> {
  const { exceptions } = await system.returnWhen(returnId, "a task", (state) => state.exceptions.length > 0);
  await system.quiet(returnId);
  return exceptions.at(-1)!.exceptionId;
}

async function replay(by: string, ids: string[], note = "Fixed in the ERP.") {
  const client = await system.as(by);
  const { replayExceptions } = await client.data("service-ui/replay-exceptions", {
    input: { idempotencyKey: newKey(), ids, note },
  });
  assert.deepEqual(replayExceptions.userErrors, []);
  return replayExceptions.results as {
    exception: { id: string; status: string } | null;
    operation: { id: string; kind: string } | null;
    userErrors: { code: string; field: string[] }[];
  }[];
}

const resolved = (returnId: string, exceptionId: string) =>
  system.until(`${exceptionId} of ${returnId} to be resolved`, async () => {
    const row = await system.db
      .selectFrom("exceptions")
      .selectAll()
      .where("id", "=", exceptionId)
      .executeTakeFirstOrThrow();
    return row.status === "RESOLVED" && row;
  });

test("SO-100009: unblocked in the ERP and replayed, the return goes on by itself and the task is resolved (RS-09, RS-12)", async () => {
  const returnId = await acts.requestReturn("SO-100009", [{ quantity: "1" }]);
  const task = await taskOf(returnId);
  const fin = await system.as("fin");
  const { exceptions } = await fin.data("service-ui/open-exceptions", { filter: { returnId, status: ["OPEN"] } });
  const [{ node }] = exceptions.edges;
  assert.deepEqual(
    [exceptions.totalCount, node.id, node.category, node.code, node.owner.id, node.replayable, node.return.id],
    [1, task, "ERP_RULE", "CUSTOMER_BLOCKED", "role:finance", true, returnId],
  );
  assert.equal(node.trail[0].action, "RAISED");

  // Before anything is fixed a replay meets the same refusal: the same task, one attempt more.
  const [again] = await replay("fin", [task], "Let us see.");
  assert.deepEqual([again?.userErrors, again?.operation?.kind], [[], "authorize-return"]);
  const reopened = await system.until("the task to be open again", async () => {
    const row = await system.db.selectFrom("exceptions").selectAll().where("id", "=", task).executeTakeFirstOrThrow();
    return row.status === "OPEN" && row;
  });
  assert.ok(reopened.attempts >= 2);
  await system.quiet(returnId);

  block("C-2003", "_x0020_");
  await replay("fin", [task]);
  const { resolution } = await resolved(returnId, task);
  assert.equal(resolution, "CONVERGED");
  const { state } = await acts.expected(returnId);
  assert.ok(state.exceptions.every(({ status }) => status === "RESOLVED"));
  const { exception } = await readTask(task);
  assert.deepEqual(
    exception.trail
      .map(({ action }) => action)
      .filter((action) => action !== "RAISED")
      .at(-1),
    "RESOLVED",
  );
  await judge(system, returnId);
});

async function readTask(id: string): Promise<{ exception: { status: string; trail: { action: string }[] } }> {
  const otto = await system.as("otto");
  const { exceptions } = await otto.data("service-ui/open-exceptions", { first: 100 });
  return { exception: exceptions.edges.find(({ node }: any) => node.id === id).node };
}

test("a credit that the ERP refused, replayed by two people at once and once more, is one memo (RS-10, W-01)", async () => {
  const returnId = await plainReturn();
  const { customerNumber } = await system.stateOf(returnId);
  const { receipt, floor } = await acts.receive(returnId);
  await system.quiet(returnId);
  block(customerNumber!, "All");
  floor.inspect({ receipt, line: 1, grade: "A" });
  const task = await taskOf(returnId);
  assert.equal((await system.stateOf(returnId)).exceptions.at(-1)?.code, "CUSTOMER_BLOCKED");
  block(customerNumber!, "_x0020_");

  const answers = (await Promise.all(["otto", "sam", "fin"].map((who) => replay(who, [task])))).flat();
  for (const { userErrors } of answers)
    assert.ok(
      userErrors.every(({ code }) => code === "CONFLICT"),
      JSON.stringify(userErrors),
    );
  assert.ok(
    answers.some(({ userErrors }) => userErrors.length === 0),
    "one of them got through",
  );
  await acts.credited(returnId, 1);
  await resolved(returnId, task);
  const [late] = await replay("otto", [task]);
  assert.deepEqual(
    late?.userErrors.map(({ code, field }) => [code, field]),
    [["CONFLICT", ["ids"]]],
  );
  const { credits } = await system.stateOf(returnId);
  const { ledger } = system.sandbox.servers["business-central"];
  const memos = ledger
    .creditMemos()
    .filter(({ externalDocumentNumber }) => externalDocumentNumber === credits[0]?.transactionKey);
  assert.equal(memos.length, 1);
  await judge(system, returnId);
});

test("a customer who is blocked while the goods are on their way is one task, not one for the goods and one for their credit; replayed, both go on (RS-28, D-06)", async () => {
  const returnId = await plainReturn();
  const state = await system.returnWhen(returnId, "its return order", (one) => one.erpAuthorization !== null);
  block(state.customerNumber!, "All");
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await system.returnWhen(returnId, "a credit", ({ credits }) => credits.length > 0);
  const task = await taskOf(returnId);
  const { exceptions } = await system.stateOf(returnId);
  assert.deepEqual(
    exceptions.map(({ code, step, status }) => [code, step, status]),
    [["CUSTOMER_BLOCKED", "fix-erp-authorization", "OPEN"]],
  );
  block(state.customerNumber!, "_x0020_");
  await replay("fin", [task]);
  await acts.credited(returnId, 1);
  assert.equal((await resolved(returnId, task)).resolution, "CONVERGED");
  assert.equal((await system.stateOf(returnId)).exceptions.length, 1);
  await judge(system, returnId);
});

let taken = 0;
function plainReturn(): Promise<string> {
  const orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
  const { number, line } = orders[(taken += 1)]!;
  return acts.requestReturn(number, [{ line, quantity: "1" }]);
}

test("one or many: each id of a replay answers for itself, and a filter names them as well", async () => {
  const returnId = await acts.requestReturn("SO-100008", [{ quantity: "1" }]);
  const idle = await raise(returnId, "TAX_DIFFERENCE");
  const results = await replay("otto", [idle, "exc_none"]);
  const codes = new Map(results.map(({ exception, userErrors }) => [exception?.id ?? "none", userErrors[0]?.code]));
  assert.deepEqual([codes.get(idle), codes.get("none")], ["CONFLICT", "NOT_FOUND"]);
  const otto = await system.as("otto");
  const input = { idempotencyKey: newKey(), filter: { returnId } };
  const { replayExceptions } = await otto.data("service-ui/replay-exceptions", { input });
  assert.deepEqual(
    replayExceptions.results.map(({ exception }: any) => exception.id),
    [idle],
  );
});

const raise = (returnId: string, code: "TAX_DIFFERENCE") =>
  inTransaction(system.db, (tx) =>
    raiseTask(
      tx,
      { code, summary: "For the test.", cause: `test:${code}:${returnId}`, returnId },
      {
        correlationId: "test",
        actor: { id: "test", displayName: "Test", kind: "SYSTEM" },
        source: { system: "test", reference: null },
      },
    ),
  );

test("money is waived by finance with a note, once; others are told whose it is", async () => {
  const returnId = await acts.requestReturn("SO-100007", [{ quantity: "1" }]);
  const id = await raise(returnId, "TAX_DIFFERENCE");
  const resolve = async (by: string) => {
    const client = await system.as(by);
    const input = { idempotencyKey: newKey(), id, resolution: "WAIVED", note: "A cent is a cent." };
    return (await client.data("service-ui/resolve-exception", { input })).resolveException;
  };
  for (const who of ["ada", "sam", "otto"])
    assert.deepEqual(
      (await resolve(who)).userErrors.map(({ code, field }: any) => [code, field]),
      [["NOT_ALLOWED", ["id"]]],
      who,
    );
  assert.deepEqual(
    (await resolve("wilma")).userErrors.map(({ code }: any) => ["NOT_ALLOWED", "NOT_FOUND"].includes(code)),
    [true],
  );
  const done = await resolve("fin");
  assert.deepEqual([done.exception.status, done.userErrors], ["RESOLVED", []]);
  assert.deepEqual(
    (await resolve("fin")).userErrors.map(({ code }: any) => code),
    ["CONFLICT"],
  );
  const { exceptions } = await system.stateOf(returnId);
  assert.equal(exceptions.find(({ exceptionId }) => exceptionId === id)?.status, "RESOLVED");
  assert.equal((await resolved(returnId, id)).resolution, "WAIVED");
  await judge(system, returnId);
});

test("a task may be given to a person, and shows them from then on", async () => {
  const returnId = await acts.requestReturn("SO-100010", [{ quantity: "1" }]);
  const id = await raise(returnId, "TAX_DIFFERENCE");
  const sam = await system.as("sam");
  const { assignException } = await sam.data("service-ui/assign-exception", {
    input: { idempotencyKey: newKey(), id, ownerId: "fin", note: "Yours." },
  });
  assert.deepEqual(assignException.userErrors, []);
  const { exceptions } = await sam.data("service-ui/open-exceptions", { filter: { ownerId: "fin" } });
  assert.deepEqual(
    exceptions.edges.map(({ node }: any) => [node.id, node.status, node.owner.id]),
    [[id, "ASSIGNED", "fin"]],
  );
});
