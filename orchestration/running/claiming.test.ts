import assert from "node:assert/strict";
import { test } from "node:test";
import { inTransaction } from "#shared/database.ts";
import { TransientFailure } from "#shared/errors.ts";
import { createSilentLog } from "#shared/log.ts";
import { replayTask } from "../exceptions.ts";
import { changeReturn, loadReturn, readFacts } from "../facts.ts";
import type { NewFact } from "../facts-vocabulary.ts";
import { releaseEffects, renewEpoch } from "../feed/epoch.ts";
import type { Policies } from "../policies/policies.ts";
import { assertFlowsKnown } from "../starting-checks.ts";
import type { Operation, Reactions } from "../starting-operations.ts";
import {
  begin,
  connectBench,
  openBench,
  requested,
  run,
  stampFor,
  testTimes,
  until,
} from "../testing/engine-for-tests.ts";
import { system } from "../testing/fake-erp.ts";
import { decideStep, documentStep, done, flowOf, has, keyOf, reactionsOf, readStep } from "../testing/fake-flows.ts";
import { claim } from "./claiming.ts";
import type { Engine } from "./engine.ts";
import { openLane } from "./lane.ts";

const bench = await openBench();
const { db, erp } = bench;

const engineWith = (reactions: Reactions): Engine => ({
  ...{
    db,
    log: createSilentLog(),
    systems: erp.systems,
    policies: {} as Policies,
    installation: "BH1",
    times: testTimes(),
    reactions,
  },
  ...{ committed: () => undefined, answered: () => undefined, unreachable: () => undefined },
});
const change = (returnId: string, reactions: Reactions, ...facts: NewFact[]) =>
  inTransaction(db, (tx) => changeReturn(tx, returnId, stampFor(reactions), () => ({ facts, value: null })));
/** Starts `times` operations of a flow, each about another subject. */
async function startMany(returnId: string, flow: string, reactions: Reactions, times: number): Promise<Operation[]> {
  const react: Reactions["react"] = () => Array.from({ length: times }, (_, n) => ({ flow, subject: `s${n}` }));
  return (await change(returnId, { ...reactions, react }, done("start"))).started;
}

/** A gate that a step's reading waits at. */
function gate() {
  const opened = Promise.withResolvers<void>();
  const reached: string[] = [];
  return { reached, open: opened.resolve, pass: async (who: string) => (reached.push(who), opened.promise) };
}

test("one operation runs per return and lane; another lane and another return go on (W-11, RS-20)", async () => {
  const waiting = gate();
  let running = 0;
  let most = 0;
  const read = async () => {
    most = Math.max(most, (running += 1));
    await waiting.pass("goods");
    running -= 1;
  };
  const slow = flowOf("slow", [readStep("slow", read)], { lane: "goods" });
  const quick = flowOf("quick", [decideStep("quick")], { lane: "money" });
  const reactions = { flows: [slow, quick], react: () => [] };
  const { id } = await begin(db, reactions);
  const slowOnes = await startMany(id, "slow", reactions, 3);
  const workers = [run(bench, reactions), run(bench, reactions)];
  while (waiting.reached.length === 0) await tick();
  const [quickOne] = await startMany(id, "quick", reactions, 1);
  await until(db, quickOne!.id, "SUCCEEDED");
  waiting.open();
  for (const { id: operation } of slowOnes) await until(db, operation, "SUCCEEDED");
  await Promise.all(workers.map((worker) => worker.stop()));
  assert.equal(most, 1);
});

test("many workers claim each due operation once (W-10)", async () => {
  const flow = flowOf("once", [decideStep("once")], { lane: "messages" });
  const reactions = reactionsOf(flow);
  const started = await Promise.all(Array.from({ length: 30 }, () => begin(db, reactions)));
  const engines = Array.from({ length: 6 }, () => engineWith(reactions));
  const claims = await Promise.all(
    engines.flatMap((engine) => [claim(engine, "messages", 7), claim(engine, "messages", 7)]),
  );
  const ids = claims.flat().map(({ operation }) => operation.id);
  assert.equal(ids.length, 30);
  assert.equal(new Set(ids).size, 30);
  assert.ok(claims.flat().every(({ operation }) => operation.fence === 1 && operation.claims === 1));
  const finisher = run(bench, reactions);
  await db
    .updateTable("operations")
    .set({ due_at: new Date(0) })
    .where("flow", "=", "once")
    .execute();
  for (const {
    started: [operation],
  } of started)
    await until(db, operation!.id, "SUCCEEDED");
  await finisher.stop();
});

test("a join fires once, whatever order its facts come in and however often they are told (W-12)", async () => {
  const joined = flowOf("joined", [decideStep("joined")]);
  const reactions: Reactions = {
    flows: [joined],
    react: (before, _, afterwards) => {
      const complete = (state: typeof before) => state !== null && ["a", "b", "c"].every((part) => has(state, part));
      return complete(afterwards) && !complete(before) ? [{ flow: "joined", subject: "" }] : [];
    },
  };
  for (const order of [
    ["a", "b", "c"],
    ["c", "b", "a"],
    ["b", "a", "c"],
  ]) {
    const { id } = await begin(db, reactions);
    const told = await Promise.all(
      order
        .flatMap((part) => [part, part])
        .map((part) =>
          inTransaction(db, (tx) =>
            changeReturn(tx, id, stampFor(reactions), (state) => ({
              facts: has(state, part) ? [] : [done(part)],
              value: null,
            })),
          ),
        ),
    );
    assert.equal(told.flatMap(({ started }) => started).length, 1);
  }
});

test("a process claims only the versions that it knows, and one that lacks a needed one does not start (W-15)", async () => {
  const newer = reactionsOf(flowOf("versioned", [decideStep("versioned")], { version: 2 }));
  const { started } = await begin(db, newer);
  const older = reactionsOf(flowOf("versioned", [decideStep("versioned")], { version: 1 }));
  assert.deepEqual(await claim(engineWith(older), "money", 10), []);
  await assert.rejects(
    assertFlowsKnown(db, [flowOf("versioned", [decideStep("versioned")], { version: 3 })]),
    /versioned version 2/,
  );
  await assertFlowsKnown(db, [...newer.flows, flowOf("joined", [decideStep("joined")])]);
  const running = run(bench, newer);
  await until(db, started[0]!.id, "SUCCEEDED");
  await running.stop();
});

test("a step that kills its process again and again is a task with an owner, and replaying it begins the count anew (W-10)", async () => {
  const reactions = reactionsOf(flowOf("deadly", [decideStep("deadly")]));
  const { started } = await begin(db, reactions);
  const operation = started[0]!;
  const engine = engineWith(reactions);
  for (let n = 0; n < engine.times.maxClaims; n += 1) {
    assert.equal((await claim(engine, "money", 10)).length, 1);
    await db
      .updateTable("operations")
      .set({ due_at: new Date(0) })
      .where("id", "=", operation.id)
      .execute();
  }
  const running = run(bench, reactions);
  const { exception_id } = await until(db, operation.id, "NEEDS_ATTENTION");
  const task = await db.selectFrom("exceptions").selectAll().where("id", "=", exception_id!).executeTakeFirstOrThrow();
  assert.deepEqual([task.code, task.owner_role, task.replayable], ["NO_PROGRESS", "operations", true]);
  await inTransaction(db, (tx) => replayTask(tx, task.id, { note: null }, stampFor()));
  await until(db, operation.id, "SUCCEEDED");
  await running.stop();
});

test("a hold keeps steps from being taken until it is lifted; a cancel request ends what does not ignore it (W-07)", async () => {
  const plain = flowOf("plain", [decideStep("plain")]);
  const stubborn = flowOf("stubborn", [decideStep("stubborn")], { lane: "goods", ignoresCancel: true });
  const reactions = reactionsOf(plain, stubborn);
  const { id, started } = await begin(db, reactions);
  await change(id, { ...reactions, react: () => [] }, { kind: "return.held", data: { reason: "fraud?" } });
  const running = run(bench, reactions, { retryMaxMs: 3_600_000 });
  assert.equal((await until(db, started[0]!.id, "WAITING")).waiting_for, "hold");
  await change(
    id,
    reactions,
    { kind: "return.cancel-requested", data: { reason: "changed their mind" } },
    { kind: "return.released", data: { reason: "no" } },
  );
  await until(db, started[0]!.id, "CANCELLED");
  const more = await change(id, reactions, done("stubborn-please"), done("stubborn"));
  await until(db, more.started[0]!.id, "SUCCEEDED");
  await running.stop();
});

test("an AMBIGUOUS effect closes its lane for the others of the return until it is resolved (W-07)", async () => {
  const first = flowOf("first", [documentStep(erp, "first", "draft-and-post", "C")]);
  const second = flowOf("second", [decideStep("second")]);
  const reactions = reactionsOf(first, second);
  await erp.fail("post", "lost");
  await erp.fail("lookUp", "pass", ...Array.from({ length: 500 }, () => "refused" as const));
  const { id, started } = await begin(db, reactions);
  const running = run(bench, reactions);
  while (Object.keys((await loadReturn(db, id))!.ambiguous).length === 0) await tick();
  const { started: later } = await change(id, reactions, done("second"), done("again"));
  assert.equal((await until(db, later[0]!.id, "WAITING")).waiting_for, "ambiguous");
  await bench.pool.query("delete from fake.faults");
  await until(db, started[0]!.id, "SUCCEEDED");
  await until(db, later[0]!.id, "SUCCEEDED");
  await running.stop();
  assert.equal((await erp.posted(keyOf((await loadReturn(db, id))!, "C"))).length, 1);
});

test("an unreachable system holds what needs it, says so once, and its first answer wakes the rest (D-30, RS-31)", async () => {
  const flow = flowOf("waits", [
    documentStep(erp, "waits", "draft-and-post", "C", {
      onUnavailable: (state) => (has(state, "queued") ? [] : [done("queued")]),
    }),
  ]);
  const reactions = reactionsOf(flow);
  await erp.fail("draft", ...Array.from({ length: 5 }, () => "refused" as const));
  const all = await Promise.all(Array.from({ length: 5 }, () => begin(db, reactions)));
  const running = run(bench, reactions, { retryFirstMs: 60_000, heldMaxMs: 3_600_000 });
  for (const { started } of all) assert.equal((await until(db, started[0]!.id, "WAITING")).waiting_for, "erp-fake");
  const [step] = await db
    .selectFrom("operation_steps")
    .selectAll()
    .where("operation_id", "=", all[0]!.started[0]!.id)
    .execute();
  assert.deepEqual([step!.status, step!.last_error?.code], ["HELD", "CONNECTION_REFUSED"]);
  assert.ok(has((await loadReturn(db, all[0]!.id))!, "queued"));
  const { started } = await begin(db, reactions);
  await until(db, started[0]!.id, "SUCCEEDED");
  for (const one of all) await until(db, one.started[0]!.id, "SUCCEEDED");
  await running.stop();
});

test("an answer that comes between a refusal and its commit wakes who waits by then (D-30, RS-31)", async () => {
  const [refused, committing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let id = "";
  let holding: Promise<void> | undefined;
  /** The first call is refused, and can't be committed until another was answered. */
  const draft: typeof erp.documents.draft = async (...told) => {
    if (holding) return erp.documents.draft(...told);
    holding = inTransaction(db, async (tx) => {
      await tx.selectFrom("returns").select("id").where("id", "=", id).forUpdate().execute();
      refused.resolve();
      await committing.promise;
    });
    await refused.promise;
    throw new TransientFailure({ system, code: "CONNECTION_REFUSED" });
  };
  const port = () => ({ ...erp.documents, draft });
  const reactions = reactionsOf(flowOf("missed", [documentStep(erp, "missed", "draft-and-post", "C", { port })]));
  const first = await begin(db, reactions);
  id = first.id;
  const running = run(bench, reactions, { retryFirstMs: 3_600_000, heldMaxMs: 3_600_000 });
  await refused.promise;
  const second = await begin(db, reactions);
  await until(db, second.started[0]!.id, "SUCCEEDED");
  committing.resolve();
  await holding;
  await until(db, first.started[0]!.id, "SUCCEEDED");
  await running.stop();
});

test("a fact that won't fold quarantines its return alone, with a task; replaying the task tries again (W-22)", async () => {
  const reactions = reactionsOf(flowOf("poisoned", [decideStep("poisoned")]));
  const [bad, good] = [await begin(db, reactions), await begin(db, reactions)];
  await db
    .updateTable("facts")
    .set({ data: JSON.stringify({}) })
    .where("return_id", "=", bad.id)
    .execute();
  const running = run(bench, reactions, { retryMaxMs: 50 });
  await until(db, good.started[0]!.id, "SUCCEEDED");
  const findTask = () =>
    db
      .selectFrom("exceptions")
      .selectAll()
      .where("code", "=", "UNFOLDABLE_FACT")
      .where("return_id", "=", bad.id)
      .executeTakeFirst();
  let task = await findTask();
  for (; !task; task = await findTask()) await tick();
  await assert.rejects(change(bad.id, reactions, done("x")), /quarantined/);
  const { data } = requested();
  await db
    .updateTable("facts")
    .set({ data: JSON.stringify(data) })
    .where("return_id", "=", bad.id)
    .execute();
  await inTransaction(db, (tx) => replayTask(tx, task.id, { note: "mended" }, stampFor()));
  await until(db, bad.started[0]!.id, "SUCCEEDED");
  await running.stop();
});

test("a return with facts of a newer release is not written by this one (W-15)", async () => {
  const reactions = reactionsOf(flowOf("older", [decideStep("older")]));
  const { id, started } = await begin(db, reactions);
  await db.updateTable("facts").set({ v: 99 }).where("return_id", "=", id).execute();
  await assert.rejects(change(id, reactions, done("x")), /does not know/);
  const running = run(bench, reactions);
  while (
    (await db.selectFrom("operations").select("fence").where("id", "=", started[0]!.id).executeTakeFirstOrThrow())
      .fence < 2
  )
    await tick();
  assert.equal(
    await db.selectFrom("exceptions").selectAll().where("return_id", "=", id).executeTakeFirst(),
    undefined,
    "no task: another process will do it",
  );
  await db.updateTable("facts").set({ v: 1 }).where("return_id", "=", id).execute();
  await until(db, started[0]!.id, "SUCCEEDED");
  await running.stop();
});

test("a lane that is stopped in the middle hands back what it can't finish; its late outcome is not recorded (W-05, W-10)", async () => {
  const waiting = gate();
  const reactions = reactionsOf(flowOf("handed", [readStep("handed", () => waiting.pass("first"))]));
  const { id, started } = await begin(db, reactions);
  const lane = openLane(engineWith(reactions), "money");
  await lane.ring();
  while (waiting.reached.length === 0) await tick();
  await lane.stop(0);
  const other = run(bench, reactionsOf(flowOf("handed", [decideStep("handed")])));
  await until(db, started[0]!.id, "SUCCEEDED");
  await other.stop();
  waiting.open();
  await lane.stop(1_000);
  assert.equal((await readFacts(db, id)).length, 2);
});

test("after an epoch change no effect goes out until somebody releases them (W-24)", async () => {
  const own = await openBench();
  const reactions = reactionsOf(
    flowOf("held", [decideStep("decided"), documentStep(own.erp, "held", "draft-and-post", "C")]),
  );
  await renewEpoch(own.db);
  const { id, started } = await begin(own.db, reactions);
  const running = run(own, reactions, { retryMaxMs: 3_600_000 });
  assert.equal((await until(own.db, started[0]!.id, "WAITING")).waiting_for, "release");
  assert.equal(await own.erp.calls("draft"), 0);
  assert.ok(has((await loadReturn(own.db, id))!, "decided"), "what is only ours goes on");
  assert.equal(await releaseEffects(own.db), true);
  await until(own.db, started[0]!.id, "SUCCEEDED");
  await running.stop();
  await own.stop();
});

test("concurrent writers of one return take turns, and every fact has its place (W-17)", async () => {
  const reactions: Reactions = { flows: [], react: () => [] };
  const { id } = await begin(db, reactions);
  const other = await connectBench(bench.url, { create: false });
  await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      inTransaction(n % 2 ? db : other.db, (tx) =>
        changeReturn(tx, id, stampFor(reactions), (state, at) => ({
          facts: [done(`${state.version}-${at.nextVersion}`)],
          value: null,
        })),
      ),
    ),
  );
  const facts = await readFacts(db, id);
  assert.deepEqual(
    facts.map(({ version }) => version),
    Array.from({ length: 41 }, (_, n) => n + 1),
  );
  await other.stop();
});

const tick = () => new Promise((resolve) => setImmediate(resolve));
