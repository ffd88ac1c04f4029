import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { inTransaction } from "#shared/database.ts";
import { type ExceptionTask, replayTask, resolveTask } from "../exceptions.ts";
import { createSilentLog } from "#shared/log.ts";
import { claim } from "./claiming.ts";
import type { Claim, Engine } from "./engine.ts";
import { runOperation } from "./run-operation.ts";
import type { Running } from "./start-running.ts";
import type { Policies } from "../policies/policies.ts";
import { discardStrays } from "../strays.ts";
import { loadReturn } from "../facts.ts";
import type { Operation } from "../starting-operations.ts";
import {
  begin,
  endLease,
  openBench,
  run,
  stampFor,
  testTimes,
  until,
  type Bench,
} from "../testing/engine-for-tests.ts";
import type { Fault, Verb } from "../testing/fake-erp.ts";
import { documentStep, flowOf, instructionStep, keyOf, reactionsOf } from "../testing/fake-flows.ts";

// Every way in which an answer can be lost or a work come late, for each protocol: one document in the ledger, nothing silent.

const bench = await openBench({ settleMs: 600_000 });
const hasty = await openBench({ settleMs: 0 });

const flowsOf = ({ erp }: Bench) => ({
  both: reactionsOf(flowOf("both", [documentStep(erp, "both", "draft-and-post", "C")])),
  twice: reactionsOf(
    flowOf("twice", [documentStep(erp, "draft", "draft", "C"), documentStep(erp, "post", "post", "C")]),
  ),
  put: reactionsOf(flowOf("put", [instructionStep(erp, "put", "put", "W")])),
});

type Case = { faults: [Verb, ...Fault[]][]; late?: boolean };
const table: Record<string, Case> = {
  "nothing fails": { faults: [] },
  "the connection is refused at the draft": { faults: [["draft", "refused", "refused"]] },
  "the connection is refused at the post": { faults: [["post", "refused"]] },
  "the connection is refused at the look-up": { faults: [["lookUp", "refused"]] },
  "the connection is refused at the read-back": { faults: [["read", "refused"]] },
  "the answer to the draft is lost": { faults: [["draft", "lost"]] },
  "the answer to the draft is lost twice, so that there are strays": {
    faults: [
      ["draft", "lost", "lost"],
      ["lookUp", "blind"],
    ],
  },
  "the answer to the post is lost": { faults: [["post", "lost"]] },
  "the answer to the post can't be read": { faults: [["post", "garbled"]] },
  "the answer to the draft can't be read": { faults: [["draft", "garbled"]] },
  "the answer to the post is lost and two look-ups find nothing": {
    faults: [
      ["post", "lost"],
      ["lookUp", "blind", "blind", "blind"],
    ],
  },
  "the answer to the post is lost and look-ups can't say": {
    faults: [
      ["post", "lost"],
      ["lookUp", "unsure", "unsure"],
    ],
  },
  "the answer to the post is lost and the system is gone": {
    faults: [
      ["post", "lost"],
      ["lookUp", "refused", "refused"],
    ],
  },
  "the draft is made late": { faults: [["draft", "late"]], late: true },
  "the post is done late": { faults: [["post", "late"]], late: true },
  "the post is done late, twice": { faults: [["post", "late", "late"]], late: true },
  "draft and post are lost": {
    faults: [
      ["draft", "lost"],
      ["post", "lost"],
    ],
  },
};

for (const [name, { faults, late }] of Object.entries(table))
  for (const protocol of ["both", "twice"] as const)
    test(`${protocol}: ${name}: one document (W-01, W-02, W-03, RS-15)`, async () => {
      const reactions = flowsOf(bench)[protocol];
      for (const [verb, ...these] of faults) await bench.erp.fail(verb, ...these);
      const { id, started } = await begin(bench.db, reactions);
      const running = run(bench, reactions);
      const operation = await until(bench.db, started[0]!.id, "SUCCEEDED", "NEEDS_ATTENTION");
      if (late) await bench.erp.doLate();
      await running.stop();
      await bench.pool.query("delete from fake.faults");
      assert.equal(operation.status, "SUCCEEDED");
      await assertOneDocument(bench, id);
    });

async function assertOneDocument({ db, erp }: Bench, returnId: string): Promise<void> {
  const state = (await loadReturn(db, returnId))!;
  const key = keyOf(state, "C");
  assert.equal((await erp.posted(key)).length, 1, "one posted document");
  assert.deepEqual(state.ambiguous, {}, "nothing is ambiguous any more");
  const effect = await db
    .selectFrom("effects")
    .selectAll()
    .where("transaction_key", "=", key)
    .executeTakeFirstOrThrow();
  assert.deepEqual(
    [effect.phase, effect.document_number, effect.sent_at],
    ["DONE", (await erp.posted(key))[0]!.number, null],
  );
}

test("a database that can't be had before a write is nobody's task: the lease ends, and another claim posts the same draft (W-05, W-10)", async () => {
  const { documents, systems } = bench.erp;
  let isAway = false;
  let claimed: Claim | undefined;
  const lookUp: typeof documents.lookUp = async (...asked) => {
    const seen = await documents.lookUp(...asked);
    [isAway, claimed!.endsAt] = [true, 0];
    return seen;
  };
  const watched = { ...bench.erp, documents: { ...documents, lookUp } };
  const reactions = reactionsOf(flowOf("both", [documentStep(watched, "both", "draft-and-post", "C")]));
  const { id, started } = await begin(bench.db, reactions);
  const engine: Engine = {
    ...{
      db: away(bench.db, () => isAway),
      log: createSilentLog(),
      systems,
      policies: {} as Policies,
      installation: "BH1",
    },
    ...{ times: testTimes(), reactions, committed: () => {}, answered: () => {}, unreachable: () => {} },
  };
  [claimed] = await claim(engine, "money", 1);
  await runOperation(engine, claimed!);
  assert.deepEqual(await openTasks(bench, id), []);
  assert.equal((await until(bench.db, started[0]!.id, "RUNNING", "NEEDS_ATTENTION")).status, "RUNNING");
  await endLease(bench.db, started[0]!.id);
  const running = run(bench, flowsOf(bench).both);
  await until(bench.db, started[0]!.id, "SUCCEEDED");
  await running.stop();
  await assertOneDocument(bench, id);
});

/** The same database, but that no lease can be made longer while it is away. */
const away = (db: Bench["db"], isAway: () => boolean): Bench["db"] =>
  new Proxy(db, {
    get: (target, name) => {
      if (name === "updateTable" && isAway()) throw new Error("timeout exceeded when trying to connect");
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

test("a lost answer to a put is looked up, then the same is put again (wires 1.1)", async () => {
  const reactions = flowsOf(bench).put;
  for (const fault of ["lost", "late", "garbled", "refused"] as const) {
    await bench.erp.fail("put", fault);
    const { id, started } = await begin(bench.db, reactions);
    const running = run(bench, reactions);
    assert.equal((await until(bench.db, started[0]!.id, "SUCCEEDED", "NEEDS_ATTENTION")).status, "SUCCEEDED");
    await bench.erp.doLate();
    await running.stop();
    const key = keyOf((await loadReturn(bench.db, id))!, "W");
    assert.equal((await bench.pool.query("select from fake.instructions where key = $1", [key])).rowCount, 1);
  }
});

test("a refusal is an owned task; replaying it posts the same draft, and the task converges (RS-09, RS-10, RS-28)", async () => {
  const { bench: house, id, operation } = await stuck(bench, [["post", "no"]]);
  const [task] = await openTasks(house, id);
  assert.deepEqual(
    [task!.code, task!.owner_role, task!.system, task!.step],
    ["CUSTOMER_BLOCKED", "finance", "erp-fake", "both"],
  );
  const running = run(house, flowsOf(house).both);
  await inTransaction(house.db, (tx) => replayTask(tx, task!.id, { note: "unblocked" }, stampFor()));
  await until(house.db, operation.id, "SUCCEEDED");
  await running.stop();
  await assertOneDocument(house, id);
  assert.equal(
    (await house.erp.drafts(keyOf((await loadReturn(house.db, id))!, "C"))).length,
    0,
    "the draft of the first attempt was posted, no second one made",
  );
  const row = await house.db.selectFrom("exceptions").selectAll().where("id", "=", task!.id).executeTakeFirstOrThrow();
  assert.deepEqual([row.status, row.resolution], ["RESOLVED", "CONVERGED"]);
});

test("when the settle time is over and the look-up finds nothing, somebody is asked; replay does it again (W-02)", async () => {
  const { id, operation } = await stuck(hasty, [
    ["post", "late"],
    ["lookUp", "pass", "blind"],
  ]);
  const [task] = await openTasks(hasty, id);
  assert.equal(task!.code, "OUTCOME_UNKNOWN");
  assert.equal(Object.keys((await loadReturn(hasty.db, id))!.ambiguous).length, 1, "the lane stays closed");
  await hasty.pool.query("delete from fake.late");
  const running = run(hasty, flowsOf(hasty).both);
  await inTransaction(hasty.db, (tx) => replayTask(tx, task!.id, { note: null }, stampFor()));
  await until(hasty.db, operation.id, "SUCCEEDED");
  await running.stop();
  await assertOneDocument(hasty, id);
});

test("when the settle time is over, resolving leaves it: nothing more is sent (W-02)", async () => {
  const { id, operation } = await stuck(hasty, [
    ["post", "late"],
    ["lookUp", "pass", "blind", "blind"],
  ]);
  const [task] = await openTasks(hasty, id);
  const posts = await hasty.erp.calls("post");
  await hasty.pool.query("delete from fake.documents");
  const running = run(hasty, flowsOf(hasty).both);
  await inTransaction(hasty.db, (tx) =>
    resolveTask(tx, task!.id, { resolution: "FIXED_OUTSIDE", note: "done by hand", reference: "CM-1" }, stampFor()),
  );
  await until(hasty.db, operation.id, "CANCELLED");
  await running.stop();
  assert.equal(await hasty.erp.calls("post"), posts);
  assert.deepEqual((await loadReturn(hasty.db, id))!.ambiguous, {});
});

test("a draft that a system makes long after we gave up is discarded when the settle time is over (W-01)", async () => {
  const reactions = flowsOf(hasty).both;
  await hasty.erp.fail("draft", "late");
  const { id, started } = await begin(hasty.db, reactions);
  const running = run(hasty, reactions);
  await until(hasty.db, started[0]!.id, "SUCCEEDED");
  await running.stop();
  const key = keyOf((await loadReturn(hasty.db, id))!, "C");
  await hasty.erp.doLate();
  assert.equal((await hasty.erp.drafts(key)).length, 1);
  await hasty.db
    .updateTable("effects")
    .set({ updated_at: new Date(0) })
    .where("transaction_key", "=", key)
    .execute();
  const parts = {
    db: hasty.db,
    log: createSilentLog(),
    systems: hasty.erp.systems,
    policies: {} as Policies,
    installation: "BH1",
    flows: reactions.flows,
  };
  assert.equal(await discardStrays(parts), 1);
  assert.deepEqual(
    [(await hasty.erp.drafts(key)).length, (await hasty.erp.posted(key)).length, await discardStrays(parts)],
    [0, 1, 0],
  );
});

test("cancelling the task of an unknown outcome leaves the effect to people and frees the lane (W-07)", async () => {
  const { id, operation } = await stuck(hasty, [
    ["post", "late"],
    ["lookUp", "pass", "blind", "blind"],
  ]);
  const [task] = await openTasks(hasty, id);
  await inTransaction(hasty.db, (tx) =>
    resolveTask(tx, task!.id, { resolution: "CANCELLED", note: "by hand", reference: null }, stampFor()),
  );
  await until(hasty.db, operation.id, "CANCELLED");
  assert.deepEqual((await loadReturn(hasty.db, id))!.ambiguous, {});
  await hasty.pool.query("delete from fake.faults");
});

test("two posted documents with one key, and one with other content, are for people (W-03)", async () => {
  for (const [code, documents] of [
    ["TWO_DOCUMENTS_FOUND", 2],
    ["CONTENT_DIFFERS", 1],
  ] as const) {
    const reactions = flowsOf(bench).both;
    const { id, started } = await begin(bench.db, reactions);
    const key = keyOf((await loadReturn(bench.db, id))!, "C");
    for (let n = 0; n < documents; n += 1)
      await bench.pool.query(
        "insert into fake.documents (key, hash, status, number) values ($1, 'other', 'POSTED', $2)",
        [key, `X${n}`],
      );
    const running = run(bench, reactions);
    await until(bench.db, started[0]!.id, "NEEDS_ATTENTION");
    await running.stop();
    assert.deepEqual(
      (await openTasks(bench, id)).map((task) => task.code),
      [code],
    );
  }
});

/** The answer to the post is lost, and the look-up can't be had until the test lifts that. */
async function unanswered(): Promise<{ id: string; operation: Operation; running: Running; task: ExceptionTask }> {
  const reactions = flowsOf(hasty).both;
  await hasty.erp.fail("post", "lost");
  await hasty.erp.fail("lookUp", "pass", ...Array<Fault>(500).fill("unsure"));
  const { id, started } = await begin(hasty.db, reactions);
  const running = run(hasty, reactions, { heldMaxMs: 5 });
  const told = async () => (await hasty.erp.calls("lookUp")) > before + 5 && (await openTasks(hasty, id))[0];
  const before = await hasty.erp.calls("lookUp");
  let task = await told();
  while (!task) {
    await once(AbortSignal.timeout(5), "abort");
    task = await told();
  }
  return { id, operation: started[0]!, running, task };
}

const answersAgain = () => hasty.pool.query("delete from fake.faults");

test("a look-up that can't be had is a task once the settle time is over, once; with the answer it ends by itself and the operation goes on (W-03, RS-28)", async () => {
  const { id, operation, running, task } = await unanswered();
  assert.deepEqual(
    [task.code, task.owner_role, task.status, task.attempts, task.replayable, (await openTasks(hasty, id)).length],
    ["OUTCOME_UNKNOWN", "operations", "OPEN", 1, false, 1],
  );
  const asked = await hasty.erp.calls("lookUp");
  while ((await hasty.erp.calls("lookUp")) === asked) await once(AbortSignal.timeout(5), "abort");
  await answersAgain();
  await until(hasty.db, operation.id, "SUCCEEDED");
  await running.stop();
  await assertOneDocument(hasty, id);
  const after = await hasty.db.selectFrom("exceptions").selectAll().where("return_id", "=", id).execute();
  assert.deepEqual(
    after.map(({ status, resolution, attempts }) => [status, resolution, attempts]),
    [["RESOLVED", "CONVERGED", 1]],
  );
});

test("when the answer that comes at last is that nothing is there, that is the task instead (W-02, W-03)", async () => {
  const { id, operation, running, task } = await unanswered();
  await hasty.pool.query("delete from fake.documents");
  await answersAgain();
  await until(hasty.db, operation.id, "NEEDS_ATTENTION");
  await running.stop();
  const [open, ...more] = await openTasks(hasty, id);
  assert.deepEqual([open!.code, open!.replayable, open!.id === task.id, more], ["OUTCOME_UNKNOWN", true, false, []]);
});

test("a person who cancels the task of a look-up that can't be had ends the operation (W-07)", async () => {
  const { id, operation, running, task } = await unanswered();
  const cancelled = { resolution: "CANCELLED", note: "by hand", reference: null } as const;
  await inTransaction(hasty.db, (tx) => resolveTask(tx, task.id, cancelled, stampFor()));
  await until(hasty.db, operation.id, "CANCELLED");
  await running.stop();
  await answersAgain();
  assert.deepEqual([(await loadReturn(hasty.db, id))!.ambiguous, await openTasks(hasty, id)], [{}, []]);
});

test("a malformed request is our bug: a task for operations, nothing ambiguous", async () => {
  const { id } = await stuck(bench, [["draft", "bug"]]);
  const [task] = await openTasks(bench, id);
  assert.deepEqual([task!.code, task!.owner_role], ["UNEXPECTED", "operations"]);
  assert.deepEqual((await loadReturn(bench.db, id))!.ambiguous, {});
});

async function stuck(
  house: Bench,
  faults: Case["faults"],
): Promise<{ bench: Bench; id: string; operation: Operation }> {
  const reactions = flowsOf(house).both;
  for (const [verb, ...these] of faults) await house.erp.fail(verb, ...these);
  const { id, started } = await begin(house.db, reactions);
  const running = run(house, reactions);
  const operation = await until(house.db, started[0]!.id, "SUCCEEDED", "NEEDS_ATTENTION");
  await running.stop();
  assert.equal(operation.status, "NEEDS_ATTENTION");
  return { bench: house, id, operation };
}

const openTasks = ({ db }: Bench, returnId: string) =>
  db.selectFrom("exceptions").selectAll().where("return_id", "=", returnId).where("status", "<>", "RESOLVED").execute();
