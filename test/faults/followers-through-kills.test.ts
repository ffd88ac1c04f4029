import assert from "node:assert/strict";
import { before, test } from "node:test";
import { inTransaction } from "#shared/database.ts";
import { changeReturn } from "#orchestration/facts.ts";
import { startSubgraphs } from "#subgraphs/index.ts";
import { freeRun } from "#shared/free-port.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { allNumbered, followInPieces, logSeenBy, seqOf, WITH_HISTORY, frameOf, isCheckpoint } from "../follow.ts";
import { beforeDrop } from "../database.ts";
import { type KilledGateway, startKilledGateway } from "../gateways.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
let gateway: KilledGateway;
let orders: PlainOrder[];
before(async () => {
  const env = { SUBGRAPHS_PORT: String(await freeRun(6)) };
  const internals = { leaseMs: 1_500, leaseMarginMs: 200, maxClaims: 100, feedBatch: 3 };
  system = await startEverything({ worker: "process", env, internals, giveUpMs: 120_000 });
  acts = createActs(system);
  gateway = await startKilledGateway(system);
  orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
});

const upTo = (most: number) => 1 + Math.floor(Math.random() * most);
const ask = (order: PlainOrder) =>
  acts.requestReturn(order.number, [{ line: order.line, quantity: "1", unit: order.unit }]);

/** A transaction that writes facts and takes them back: nobody may ever see them (W-25 (4)). */
async function abort(returnId: string): Promise<void> {
  const stamp = {
    correlationId: newKey(),
    actor: { id: "ada", displayName: "Ada", kind: "PERSON" as const },
    source: { system: "backhaul", reference: null },
  };
  const thrown = new Error("taken back");
  const writing = inTransaction(system.db, async (tx) => {
    await changeReturn(tx, returnId, stamp, () => ({
      facts: [{ kind: "return.cancel-requested", data: { reason: "never" } }],
      value: null,
    }));
    throw thrown;
  });
  await assert.rejects(writing, thrown);
}

async function cancel(returnId: string): Promise<void> {
  const ada = await system.as("ada");
  await ada.data("service-ui/cancel-return", {
    input: { idempotencyKey: newKey(), id: returnId, reason: "Changed their mind" },
  });
}

/** A return on its way, until it has come to rest: received and credited, or cancelled. */
async function write(order: PlainOrder, isCancelled: boolean): Promise<string> {
  const returnId = await ask(order);
  await abort(returnId);
  if (isCancelled) {
    await cancel(returnId);
    await abort(returnId);
  } else {
    const { receipt, floor } = await acts.receive(returnId);
    await abort(returnId);
    floor.inspect({ receipt, line: 1, grade: "A" });
    await acts.credited(returnId, 1);
    await acts.executeDispositions(returnId, 1);
  }
  await system.quiet(returnId);
  return returnId;
}

test("random writers and aborts; clients cut at random; gateway, worker with its sequencer, and subgraphs killed: what each client saw is the log, once and in order (W-23, W-25, W-26)", async (t) => {
  const otto = await gateway.as("otto");
  const begin = otto.subscribe(WITH_HISTORY);
  const { cursor } = frameOf(await begin.until("the first frame", isCheckpoint))!;
  await begin.stop();
  const first = await ask(orders.shift()!);
  const follow = (who: string, variables: object = {}) =>
    followInPieces({
      ready: gateway.ready,
      open: async (after) =>
        (await gateway.as(who)).subscribe(WITH_HISTORY, { after: cursor, ...variables, ...(after ? { after } : {}) }),
      cutAfter: () => 1 + upTo(6),
    });
  const followers = [follow("otto"), follow("otto"), follow("ada"), follow("wilma")];
  const ofOne = follow("ada", { returnId: first, after: null });

  const writers = Promise.all(Array.from({ length: 4 }, (_, n) => write(orders.shift()!, n === 0)));
  const oneMore = (async () => {
    await acts.receive(first);
    await system.quiet(first);
    return first;
  })();
  const seen = (count: number) =>
    system.until(`${count} milestones`, async () => followers.every(({ ids }) => ids.length >= count));

  await seen(2);
  const [worker] = await Promise.all([replaceWorker(), gateway.killAndStart()]);
  await seen(8);
  await Promise.all([restartSubgraphs(), gateway.killAndStart()]);
  const [returnIds, one] = await Promise.all([writers, oneMore]);

  await allNumbered(system.db, system.until);
  const afterSeq = seqOf(cursor);
  const us = { companies: ["US01", "CA02"], afterSeq };
  const logs = await Promise.all(
    [
      { afterSeq },
      { afterSeq },
      us,
      { companies: ["US01"], sites: ["CHI1", "DAL2"], afterSeq },
      { returnId: first },
    ].map((scope) => logSeenBy(system.db, scope)),
  );
  for (const [index, follower] of [...followers, ofOne].entries()) {
    await follower.finish(logs[index]!.at(-1)!);
    assert.deepEqual(follower.ids, logs[index], `client ${index}`);
  }
  const pieces = [...followers, ofOne].map((follower) => follower.pieces);
  t.diagnostic(`${logs.map(({ length }) => length).join(", ")} milestones in ${pieces.join(", ")} pieces`);
  for (const returnId of [...returnIds, one]) await judge(system, returnId);
  await worker.stop();
});

/** The one that leads the sequencer dies in the middle of its work; another takes over. */
async function replaceWorker() {
  await system.worker!.kill();
  return system.workers.start("process");
}

async function restartSubgraphs(): Promise<void> {
  await system.subgraphs.stop();
  const again = await startSubgraphs({ config: system.config, log: system.log });
  beforeDrop(again.stop);
}
