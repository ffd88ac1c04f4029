import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createActs, type Acts } from "../acts.ts";
import { judge } from "../judge.ts";
import { plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything({ worker: "none", internals: { leaseMs: 3_000, leaseMarginMs: 300, maxClaims: 100 } });
  acts = createActs(system);
});

const internals = (more: object) => ({
  BACKHAUL_INTERNALS: JSON.stringify({ ...JSON.parse(system.settings["BACKHAUL_INTERNALS"]!), ...more }),
});

test("a worker that is stopped inside the post of a memo, and goes on after another has finished it, changes nothing (W-01, W-05, W-10, W-16)", async () => {
  const [order] = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
  const { ledger, requests } = system.sandbox.servers["business-central"];
  const post = { method: "POST", path: "salesCreditMemos.*Microsoft.NAV.post" };

  const sleeper = await system.workers.start(
    "process",
    internals({ stopAt: "call post-credit/post-memo post before#1" }),
  );
  const returnId = await acts.requestReturn(order!.number, [{ line: order!.line, quantity: "1", unit: order!.unit }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await system.returnWhen(
    returnId,
    "the draft",
    ({ credits }) => credits[0]?.draftId !== undefined && credits[0]?.draftId !== null,
  );

  const other = await system.workers.start("process");
  const { credits } = await acts.credited(returnId, 1);
  const posts = requests
    .read()
    .requests.filter(({ method, path: at }) => method === post.method && new RegExp(post.path).test(at)).length;
  assert.equal(posts, 1);

  // Its lease is long over: it may still send its post, or see that no time is left; either way it ends by itself.
  sleeper.signal("SIGCONT");
  await sleeper.stop();
  await acts.executeDispositions(returnId, 1);
  await judge(system, returnId);
  assert.equal(ledger.byKey(credits[0]!.transactionKey).length, 1);
  await other.stop();
});
