import assert from "node:assert/strict";
import { before, test } from "node:test";
import { bucketsOf } from "#orchestration/quantities.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// The ERP takes nothing for a while, and meanwhile something else is asked for than what an intent is bound to (W-06, W-07).

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  system = await startEverything({ internals: { breakerHalfOpenMs: 100, requestsPerMinute: 100_000 } });
  acts = createActs(system);
  orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
});

const erp = () => system.sandbox.servers["business-central"];
const refuse = (path: string) =>
  erp().faults.arm({ match: { method: "POST", path }, times: 0, action: { kind: "refuse", status: 503 } });
const drafting = (set: string) => `/${set}$`;
const posting = (set: string) => `/${set}\\([^)]*\\)/Microsoft\\.NAV\\.post$`;

/** Effects of a deed, in the order in which they were intended. */
const effectsOf = (returnId: string, deed: string) =>
  system.db
    .selectFrom("effects")
    .select(["transaction_key", "phase"])
    .where("return_id", "=", returnId)
    .where("deed", "=", deed)
    .orderBy("created_at")
    .execute();
const heldAt = (returnId: string, deed: string, phase: string) =>
  system.until(`${deed} to be ${phase}`, async () =>
    (await effectsOf(returnId, deed)).some((effect) => effect.phase === phase),
  );
const received = (state: ReturnState) => Number(bucketsOf(state, state.lines[0]!).received);
const inQuarantine = ({ lines }: ReturnState) => erp().ledger.stockAt("US01", lines[0]!.posted!.sku, "QUARANTINE");
const some = (value: string) => [{ instructionLine: 1, quantity: { value, unit: "EA" }, complete: false }];

async function correct(returnId: string, receipt: string, quantity: string): Promise<void> {
  const { floor } = await acts.expected(returnId);
  floor.correct({ receipt, line: 1, quantity: { value: quantity, unit: "EA" } });
  await system.returnWhen(returnId, `${quantity} received`, (state) => received(state) === Number(quantity));
}

/** Nothing was left for people on our side, and no draft in the ERP. */
async function clean(returnId: string): Promise<void> {
  await judge(system, returnId);
  const { exceptions } = await system.stateOf(returnId);
  assert.deepEqual(
    exceptions.filter(({ code }) => code === "UNEXPECTED"),
    [],
  );
  const keys = await system.db
    .selectFrom("effects")
    .select("transaction_key")
    .where("return_id", "=", returnId)
    .execute();
  const drafts = keys
    .flatMap(({ transaction_key }) => erp().ledger.byKey(transaction_key))
    .filter(({ status }) => status === "Draft");
  assert.deepEqual(drafts, []);
}

test("a receipt that is corrected before the ERP took any of it is posted as it is counted by then, once (W-06, W-07, D-15)", async () => {
  const returnId = await acts.requestReturn("SO-100004", [{ quantity: "3" }]);
  await acts.expected(returnId);
  const fault = refuse(drafting("returnReceipts"));
  const { receipt } = await acts.receive(returnId, some("3"));
  await heldAt(returnId, "post return receipt", "INTENDED");
  await correct(returnId, receipt, "2");
  erp().faults.disarm(fault.id);
  const state = await system.returnWhen(returnId, "the goods in the ERP", ({ postings }) => postings.length > 0);
  await system.quiet(returnId);
  assert.deepEqual(
    [state.postings.map(({ kind, quantity }) => [kind, quantity.base]), inQuarantine(state)],
    [[["STOCK_IN", "2"]], "2"],
  );
  assert.deepEqual(
    (await effectsOf(returnId, "post return receipt")).map(({ phase }) => phase),
    ["UNDONE", "DONE"],
  );
  await clean(returnId);
});

test("a receipt that is taken back to nothing after its draft was made leaves no draft in the ERP (W-07, D-15)", async () => {
  const { number, line, unit } = orders.shift()!;
  const returnId = await acts.requestReturn(number, [{ line, quantity: "1", unit }]);
  await acts.expected(returnId);
  const fault = refuse(posting("returnReceipts"));
  const { receipt } = await acts.receive(returnId);
  await heldAt(returnId, "post return receipt", "DRAFTED");
  await correct(returnId, receipt, "0");
  erp().faults.disarm(fault.id);
  await heldAt(returnId, "undo: post return receipt", "DONE");
  await system.quiet(returnId);
  assert.deepEqual(
    (await effectsOf(returnId, "post return receipt")).map(({ phase }) => phase),
    ["UNDONE"],
  );
  const { postings, undone } = await system.stateOf(returnId);
  assert.deepEqual([postings, Object.keys(undone).length], [[], 1]);
  await clean(returnId);
});

for (const [what, path, phase] of [
  ["before it was sent", drafting("inventoryAdjustments"), "INTENDED"],
  ["after its draft was made", posting("inventoryAdjustments"), "DRAFTED"],
] as const)
  test(`a correction that is corrected ${what} ends at what is counted, without a task (W-06, W-07, D-15)`, async () => {
    const returnId = await acts.requestReturn("SO-100002", [{ quantity: "5" }]);
    const { receipt } = await acts.receive(returnId, some("5"));
    const before = await system.returnWhen(returnId, "the goods in the ERP", ({ postings }) => postings.length > 0);
    const there = Number(inQuarantine(before));
    const fault = refuse(path);
    await correct(returnId, receipt, "3");
    await heldAt(returnId, "post stock correction", phase);
    await correct(returnId, receipt, "4");
    await heldAt(returnId, "undo: post stock correction", "DONE");
    erp().faults.disarm(fault.id);
    await system.returnWhen(returnId, "the correction", ({ postings }) => postings.length > 1);
    await system.quiet(returnId);
    const state = await system.stateOf(returnId);
    assert.deepEqual(
      [state.postings.slice(1).map(({ quantity }) => quantity.base), Number(inQuarantine(state))],
      [["-1"], there - 1],
    );
    await clean(returnId);
    await acts.cancel(returnId);
  });

test("a disposition whose goods are inspected again while the ERP takes nothing is posted as it was decided; a person has the dispute (W-06, D-15)", async () => {
  const { number, line, unit } = orders.shift()!;
  const returnId = await acts.requestReturn(number, [{ line, quantity: "1", unit }]);
  const { receipt, floor } = await acts.receive(returnId);
  await system.returnWhen(returnId, "the goods in the ERP", ({ postings }) => postings.length > 0);
  const fault = refuse(posting("inventoryAdjustments"));
  floor.inspect({ receipt, line: 1, grade: "A" });
  await heldAt(returnId, "post inventory adjustment", "DRAFTED");
  floor.inspect({ receipt, line: 1, grade: "C", inspection: 1 });
  await system.returnWhen(returnId, "the second result", ({ inspections }) => inspections.length === 2);
  erp().faults.disarm(fault.id);
  const { dispositions } = await system.returnWhen(
    returnId,
    "the posting",
    (state) => state.dispositions[0]!.adjusted !== null,
  );
  assert.equal(dispositions[0]!.code, "RESTOCK");
  await system.returnWhen(returnId, "somebody's task", ({ exceptions }) => exceptions.length > 0);
  await clean(returnId);
});

test("an authorization that is cancelled in part before the ERP took it is made there for what has come (W-06, W-07, D-10)", async () => {
  const fault = refuse(drafting("returnOrders"));
  const returnId = await acts.requestReturn("SO-100003", [{ quantity: "24" }]);
  await acts.receive(returnId, some("12"));
  await heldAt(returnId, "create return authorization", "INTENDED");
  await acts.cancel(returnId);
  const refused = await system.returnWhen(
    returnId,
    "the warehouse's refusal",
    ({ exceptions }) => exceptions.length > 0,
  );
  const client = await system.as("otto");
  const { exceptionId: id } = refused.exceptions.find(({ code }) => code === "UNDO_REFUSED")!;
  const input = { idempotencyKey: newKey(), id, resolution: "FIXED_OUTSIDE", note: "Half of it came." };
  assert.deepEqual((await client.data("service-ui/resolve-exception", { input })).resolveException.userErrors, []);
  await system.returnWhen(returnId, "the end of the cancel", ({ cancelRequested }) => cancelRequested === null);
  erp().faults.disarm(fault.id);
  const { postings } = await system.returnWhen(returnId, "the goods in the ERP", (state) => state.postings.length > 0);
  assert.equal(postings[0]!.quantity.base, "12");
  const phases = (await effectsOf(returnId, "create return authorization")).map(({ phase }) => phase);
  assert.deepEqual(phases.toSorted(), ["DONE", "UNDONE"]);
  await clean(returnId);
});
