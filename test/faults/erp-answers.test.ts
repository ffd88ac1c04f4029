import assert from "node:assert/strict";
import { before, test } from "node:test";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  system = await startEverything({
    internals: { breakerHalfOpenMs: 100, requestsPerMinute: 100_000, settleMs: 20_000 },
  });
  acts = createActs(system);
  orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
});

const erp = () => system.sandbox.servers["business-central"];

/** One unit of an order of its own through the whole process. */
async function driveToClosed(order: PlainOrder): Promise<string> {
  const returnId = await acts.requestReturn(order.number, [{ line: order.line, quantity: "1", unit: order.unit }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.executeDispositions(returnId, 1);
  await system.returnWhen(returnId, "the return to be closed", (state) => statusOf(state) === "CLOSED");
  return returnId;
}

type Kinds = Record<string, number>;
const writesIn = (before: Kinds, after: Kinds): string[] =>
  Object.keys(after).filter(
    (kind) => /^(POST|PATCH|PUT|DELETE) (?!token|subscriptions)/.test(kind) && after[kind] !== before[kind],
  );

/** `POST returnOrders.post` → what a fault matches. */
function matchOf(kind: string) {
  const [method, what] = kind.split(" ") as [string, string];
  const [set, action] = what.split(".") as [string, string?];
  if (action) return { method, path: `/${set}\\([^)]*\\)/Microsoft\\.NAV\\.${action}$` };
  return { method, path: what.endsWith("(id)") ? `/${set.slice(0, -4)}\\([^)]*\\)$` : `/${set}$` };
}

const answers = [
  { kind: "malformed", as: "broken-json" },
  { kind: "malformed", as: "html" },
  { kind: "half-body", as: "length" },
  { kind: "half-body", as: "chunked" },
  { kind: "refuse", status: 503 },
  { kind: "refuse", status: 429 },
  { kind: "drop-answer" },
  { kind: "drop-request" },
] as const;

test("whatever the ERP answers to any write of a return, there is one document for each key, and it closes (W-01 to W-05, RS-01, RS-07, RS-02)", async (t) => {
  const { faults, requests } = erp();
  const before = requests.read().counts;
  await judge(system, await driveToClosed(orders.shift()!));
  const writes = writesIn(before, requests.read().counts);
  assert.ok(writes.length >= 8, writes.join());
  t.diagnostic(`${writes.length} writes, ${answers.length} answers`);
  const armed = writes.flatMap((kind) => answers.map((action) => faults.arm({ match: matchOf(kind), action })));
  const returnIds = await Promise.all(answers.map(() => driveToClosed(orders.shift()!)));
  const unfired = armed.filter(({ id }) => faults.get(id)!.fired === 0).map(({ order }) => order);
  assert.deepEqual(unfired, []);
  for (const returnId of returnIds) await judge(system, returnId);
  await faults.clear();
});

test("SO-100004: somebody changes the memo's draft while we do (stale ETag): it is read again, and credited to the cent (W-04, D-07)", async () => {
  const { faults } = erp();
  const stale = faults.arm({ match: { method: "PATCH", path: "salesCreditMemo" }, action: { kind: "stale-etag" } });
  const returnId = await acts.requestReturn("SO-100004", [{ quantity: "2" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const { credits } = await acts.credited(returnId, 1);
  assert.equal(credits[0]!.erp!.total, "66.67");
  assert.equal(faults.get(stale.id)!.fired, 1);
  await acts.executeDispositions(returnId, 1);
  await judge(system, returnId);
  await faults.clear();
});

test("SO-100015: with every document on a page of its own nothing is overlooked: the two units that were credited in the ERP stay credited once (W-03, D-14)", async () => {
  const { faults } = erp();
  faults.arm({ match: { method: "GET" }, times: 0, action: { kind: "page-size", size: 1 } });
  const refused = await acts.askReturn("SO-100015", [{ quantity: "4" }]);
  assert.equal(refused.userErrors[0]?.code, "QUANTITY_EXCEEDED");
  const returnId = await acts.requestReturn("SO-100015", [{ quantity: "3" }]);
  for (const memos of [1, 2, 3]) {
    const { receipt, floor } = await acts.receive(returnId, [
      { instructionLine: 1, quantity: { value: "1", unit: "EA" }, complete: false },
    ]);
    floor.inspect({ receipt, line: 1, grade: "A" });
    await acts.credited(returnId, memos);
  }
  await acts.executeDispositions(returnId, 3);
  await judge(system, returnId);
  await faults.clear();
});

test("a look-up that lags behind a draft whose answer was lost makes a stray at most, which is deleted before the post (W-01, W-03)", async () => {
  const { faults, requests } = erp();
  const order = orders.shift()!;
  const returnId = await acts.requestReturn(order.number, [{ line: order.line, quantity: "1", unit: order.unit }]);
  await acts.expected(returnId);
  await system.quiet(returnId);
  faults.setLag(true);
  const lost = faults.arm({ match: matchOf("POST returnReceipts"), action: { kind: "drop-answer" } });
  const drafts = () => requests.read().counts["POST returnReceipts"]!;
  const draftsBefore = drafts();
  const { receipt, floor } = await acts.receive(returnId);
  await faults.whenFired(lost.id);
  await system.until("the second draft", async () => drafts() === draftsBefore + 2);
  faults.setLag(false);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 1);
  await acts.executeDispositions(returnId, 1);
  await judge(system, returnId);
  assert.deepEqual(erp().ledger.drafts(), []);
});

/** The longest pause is 200 ms, half of it at least, and a read is asked three times: faster than that is a hot loop. */
const FASTEST_MS = 100;
const READS = 3;

test("503 without Retry-After is asked again at a measured pace, for ever, and then all is done (RS-07, D-30)", async () => {
  const { faults, requests } = erp();
  const order = orders.shift()!;
  const returnId = await acts.requestReturn(order.number, [{ line: order.line, quantity: "1", unit: order.unit }]);
  const { floor } = await acts.expected(returnId);
  await system.quiet(returnId);
  const storm = faults.arm({ times: 0, action: { kind: "refuse", status: 503 } });
  const { receipt } = await acts.receive(returnId);
  await faults.whenFired(storm.id);
  const [startedAt, asked] = [performance.now(), requests.read().total];
  await system.until("thirty refusals", async () => faults.get(storm.id)!.fired >= 30);
  const pauses = (performance.now() - startedAt) / FASTEST_MS;
  assert.ok(requests.read().total - asked <= READS * (pauses + 3), `${requests.read().total - asked} in ${pauses}`);
  await faults.clear();
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 1);
  await acts.executeDispositions(returnId, 1);
  await judge(system, returnId);
});

for (const status of [429, 503])
  test(`${status} with Retry-After: nobody asks before that time (RS-07)`, async () => {
    const { faults, requests } = erp();
    const order = orders.shift()!;
    const returnId = await acts.requestReturn(order.number, [{ line: order.line, quantity: "1", unit: order.unit }]);
    const { floor } = await acts.expected(returnId);
    await system.quiet(returnId);
    const refusal = faults.arm({ action: { kind: "refuse", status, retryAfter: 1 } });
    const next = faults.arm({ nth: 1, action: { kind: "delay", milliseconds: 0 } });
    // When it was, not when we came to look: the receipt is recorded, and seen, after the ERP was asked.
    const [refusedAt, askedAt] = [refusal, next].map(({ id }) => faults.whenFired(id).then(() => performance.now()));
    const { receipt } = await acts.receive(returnId);
    const pause = (await askedAt!) - (await refusedAt!);
    assert.ok(pause > 900, `asked again after ${pause} ms`);
    floor.inspect({ receipt, line: 1, grade: "A" });
    await acts.credited(returnId, 1);
    await acts.executeDispositions(returnId, 1);
    await judge(system, returnId);
    assert.ok(requests.read().total > 0);
    await faults.clear();
  });
