import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  system = await startEverything();
  acts = createActs(system);
  orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
});

const post = { method: "POST", path: "salesCreditMemos.*Microsoft.NAV.post" };

/** A return of one unit, received and inspected: its memo is being posted next. */
async function aboutToBeCredited(): Promise<string> {
  const order = orders.shift()!;
  const returnId = await acts.requestReturn(order.number, [{ line: order.line, quantity: "1", unit: order.unit }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  return returnId;
}

test("the answer to the credit posting is lost after the ERP did it: looked up, one memo (W-01, W-03, W-04, RS-15, RS-04)", async () => {
  const { faults, ledger } = system.sandbox.servers["business-central"];
  const fault = faults.arm({ match: post, action: { kind: "drop-answer" } });
  const returnId = await aboutToBeCredited();
  await faults.whenFired(fault.id);
  const { credits } = await acts.credited(returnId, 1);
  assert.equal(ledger.byKey(credits[0]!.transactionKey).length, 1);
  await acts.executeDispositions(returnId, 1);
  await judge(system, returnId);
});

test("the work of a lost posting is done only after two look-ups have said that it is not there: still one memo (W-01, W-02, W-03)", async () => {
  const { faults, ledger, requests } = system.sandbox.servers["business-central"];
  const fault = faults.arm({ match: post, times: 0, action: { kind: "hold" } });
  const returnId = await aboutToBeCredited();
  await system.until("a third attempt to post", async () => faults.get(fault.id)!.fired >= 3);
  const { transactionKey } = (await system.stateOf(returnId)).credits[0]!;
  assert.deepEqual(
    ledger.byKey(transactionKey).map(({ status }) => status),
    ["Draft"],
    "nothing was posted so far",
  );
  assert.ok(lookUpsAfterFirstPost(requests.read().requests, transactionKey) >= 2);
  faults.disarm(fault.id);
  const answers = (await faults.release(fault.id)) as { status: number }[];
  assert.deepEqual(
    answers.map(({ status }) => status < 300),
    answers.map((_, index) => index === 0),
    "of the posts that come late one is done",
  );
  const { credits } = await acts.credited(returnId, 1);
  assert.equal(credits[0]!.transactionKey, transactionKey);
  assert.equal(ledger.byKey(transactionKey).length, 1);
  await acts.executeDispositions(returnId, 1);
  await judge(system, returnId);
  await faults.clear();
});

/** Look-ups by key that were answered since the memo's first post. */
function lookUpsAfterFirstPost(
  requests: { method: string; path: string; status: number | null }[],
  key: string,
): number {
  const isLookUp = ({ method, path, status }: (typeof requests)[number]) =>
    method === "GET" && status === 200 && /salesCreditMemos\?/.test(path) && path.includes(key);
  const last = requests.findLast(isPost)!;
  return requests.slice(requests.findIndex((one) => isPost(one) && one.path === last.path)).filter(isLookUp).length;
}
const isPost = ({ method, path }: { method: string; path: string }) =>
  method === post.method && new RegExp(post.path).test(path);

test("the look-ups of a lost draft say twice that there is none, and then all are made: one is posted, the others go (W-01, W-02, W-03)", async () => {
  const { faults, ledger } = system.sandbox.servers["business-central"];
  const fault = faults.arm({
    match: { method: "POST", path: "createCreditMemo" },
    times: 0,
    action: { kind: "hold" },
  });
  const returnId = await aboutToBeCredited();
  await system.until("a third attempt to draft", async () => faults.get(fault.id)!.fired >= 3);
  const { transactionKey } = (await system.stateOf(returnId)).credits[0]!;
  assert.deepEqual(ledger.byKey(transactionKey), []);
  faults.disarm(fault.id);
  const made = (await faults.release(fault.id)) as { status: number }[];
  assert.ok(made.length >= 3 && made.every(({ status }) => status === 201), JSON.stringify(made));
  await acts.credited(returnId, 1);
  await acts.executeDispositions(returnId, 1);
  await judge(system, returnId);
  await faults.clear();
});

test("a draft that is created twice because its answer was lost is posted once and the other is gone (W-01)", async () => {
  const { faults, ledger } = system.sandbox.servers["business-central"];
  const fault = faults.arm({ match: { method: "POST", path: "createCreditMemo" }, action: { kind: "hold" } });
  // The worker compares the totals of its draft before it looks for others and posts.
  const compared = faults.arm({ match: { method: "GET", path: "salesCreditMemos\\(" }, action: { kind: "delay" } });
  const returnId = await aboutToBeCredited();
  await faults.whenFired(fault.id);
  await faults.whenFired(compared.id);
  await faults.release(fault.id);
  await faults.release(compared.id);
  const { credits } = await acts.credited(returnId, 1);
  const documents = () => ledger.byKey(credits[0]!.transactionKey);
  assert.equal(documents().filter(({ status }) => status !== "Draft").length, 1);
  await acts.executeDispositions(returnId, 1);
  await judge(system, returnId);
  await faults.clear();
});
