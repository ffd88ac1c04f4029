import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { sql } from "kysely";
import { readFacts } from "#orchestration/facts.ts";
import { endLease } from "#orchestration/testing/engine-for-tests.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";
import type { TestWorker } from "../workers.ts";

// The first worker's post waits at the ERP, held there by the sandbox, while that worker is stopped and another one finishes. What is released then is a real late post.

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  system = await startEverything({ worker: "none", internals: { maxClaims: 100 } });
  acts = createActs(system);
  orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
});

const erp = () => system.sandbox.servers["business-central"];
const isPost = ({ method, path }: { method: string; path: string }) =>
  method === "POST" && /salesCreditMemos\(.*Microsoft\.NAV\.post$/.test(path);
const posts = () => erp().requests.read().requests.filter(isPost);

/** The first worker posts a memo, and the post is held at the ERP before its work. */
async function holdPost() {
  const sleeper = await system.workers.start("process");
  const { number, line, unit } = orders.shift()!;
  const returnId = await acts.requestReturn(number, [{ line, quantity: "1", unit }]);
  const held = erp().faults.arm({
    match: { method: "POST", path: "/salesCreditMemos\\(.*Microsoft\\.NAV\\.post$" },
    action: { kind: "delay" },
  });
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await erp().faults.whenFired(held.id);
  const [operationId] = await system.until("nothing but the post to be under way", async () => {
    const running = await underWay();
    return running.length === 1 && running;
  });
  return { sleeper, returnId, held, operationId: operationId! };
}

/** Operations that a worker has claimed. */
async function underWay(): Promise<string[]> {
  const running = system.db.selectFrom("operations").select("id").where("status", "=", "RUNNING");
  return (await running.execute()).map(({ id }) => id);
}

/** SIGSTOP while the post is all that the worker does: what else it had claimed, or locked in a transaction, would be kept from others for long. */
async function stopped(sleeper: TestWorker): Promise<void> {
  await system.until("the worker to be stopped in nothing but the post", async () => {
    sleeper.signal("SIGSTOP");
    await system.until("SIGSTOP", async () => /^State:\s+T/m.test(readFileSync(`/proc/${sleeper.pid}/status`, "utf8")));
    const { rows } = await sql`
      select from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and (state = 'active' or state like 'idle in transaction%')`.execute(
      system.db,
    );
    const isAlone = rows.length === 0 && (await underWay()).length === 1;
    if (!isAlone) sleeper.signal("SIGCONT");
    return isAlone;
  });
}

/** Facts, effects and operations of the return, as another worker left them. */
async function recorded(returnId: string) {
  const { db } = system;
  const facts = await readFacts(db, returnId, { limit: 1_000 });
  const rows = await Promise.all([
    db.selectFrom("effects").selectAll().where("return_id", "=", returnId).orderBy("transaction_key").execute(),
    db.selectFrom("operations").selectAll().where("return_id", "=", returnId).orderBy("id").execute(),
    db.selectFrom("exceptions").selectAll().where("return_id", "=", returnId).orderBy("id").execute(),
  ]);
  return { facts, rows };
}

/** The post that was held reaches the ERP's work; resolves when that is done. */
async function letGo(id: string, late: { status: number | null }): Promise<void> {
  assert.equal(late.status, null, "the first post is still at the ERP");
  await erp().faults.release(id);
  await system.until("the late post to be done", async () => late.status !== null);
}

for (const [when, draftIdSurvives, isHeard] of [
  ["while it sleeps", true, false],
  ["while it is awake again and waits for the answer", true, true],
  ["while it waits, the posted memo having another id than its draft", false, true],
] as const)
  test(`a worker is stopped inside the post of a memo, another finishes, and the first post is done late, ${when}: one memo, and the first worker writes nothing (W-01, W-05, W-10, W-16)`, async () => {
    erp().controls.settings({ draftIdSurvives });
    const { sleeper, returnId, held, operationId } = await holdPost();
    await stopped(sleeper);
    await endLease(system.db, operationId);
    const other = await system.workers.start("process");
    const { credits } = await acts.credited(returnId, 1);
    await acts.executeDispositions(returnId, 1);
    await system.quiet(returnId);

    const [late, ...more] = posts().slice(-2);
    assert.equal(more.length, 1, "another worker posted the same draft");
    assert.equal(late!.path, more[0]!.path);
    const before = await recorded(returnId);
    if (isHeard) sleeper.signal("SIGCONT");
    await letGo(held.id, late!);
    sleeper.signal("SIGCONT");
    await sleeper.stop();
    assert.equal(await sleeper.ended, "0", "it ends by itself");

    assert.deepEqual(await recorded(returnId), before, "the first worker wrote nothing");
    assert.equal(erp().ledger.byKey(credits[0]!.transactionKey).length, 1);
    assert.equal(posts().filter(({ path }) => path === late!.path).length, 2, "and the ERP was posted to twice");
    await judge(system, returnId);
    await other.stop();
    await erp().faults.clear();
  });
