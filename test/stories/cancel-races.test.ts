import assert from "node:assert/strict";
import { before, test } from "node:test";
import { readFacts } from "#orchestration/facts.ts";
import type { FactKind } from "#orchestration/facts-vocabulary.ts";
import { bucketsOf } from "#orchestration/quantities.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

const ASKED = 4;
/** Four of them are credited without an approval. */
const DEAREST = 240;

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  system = await startEverything();
  acts = createActs(system);
  const { distributor } = system.sandbox;
  const large = distributor.orders.map((order) => ({
    ...order,
    lines: order.lines.filter(({ ordered, unitPrice }) => Number(ordered) >= ASKED && Number(unitPrice) < DEAREST),
  }));
  orders = plainOrders({ ...distributor, orders: large, today: new Date().toISOString().slice(0, 10) });
});

async function askForFour(): Promise<string> {
  const { number, line, unit } = orders.shift()!;
  return acts.requestReturn(number, [{ line, quantity: String(ASKED), unit }]);
}

const factWritten = (returnId: string, kind: FactKind) =>
  system.until(`${kind} of ${returnId}`, async () =>
    (await readFacts(system.db, returnId, { limit: 1_000 })).some((fact) => fact.kind === kind),
  );

/** Something goes wrong in every race: what was refused because goods moved is looked after by a person. */
async function cancelDone(returnId: string): Promise<ReturnState> {
  const isOver = ({ cancelRequested }: ReturnState) => cancelRequested === null;
  const refusal = ({ exceptions }: ReturnState) =>
    exceptions.find(({ code, status }) => code === "UNDO_REFUSED" && status !== "RESOLVED");
  const state = await system.returnWhen(
    returnId,
    "the cancel or its refusal",
    (seen) => isOver(seen) || refusal(seen) !== undefined,
  );
  const task = refusal(state);
  if (task) await resolve(task.exceptionId);
  return system.returnWhen(returnId, "the end of the cancel", isOver);
}

async function resolve(id: string): Promise<void> {
  const client = await system.as("otto");
  const input = { idempotencyKey: newKey(), id, resolution: "FIXED_OUTSIDE", note: "The goods were on their way." };
  const { resolveException } = await client.data("service-ui/resolve-exception", { input });
  assert.deepEqual(resolveException.userErrors, []);
}

/** Carries out whatever the warehouse is told until what counts is credited and everything decided is confirmed. */
async function finish(returnId: string): Promise<ReturnState> {
  const { floor } = await acts.expected(returnId);
  const executed = new Set<string>();
  return system.until(`${returnId} to be finished`, async () => {
    for (const { transaction_key: key } of await dispositionsTold(returnId)) {
      if (executed.has(key)) continue;
      executed.add(key);
      floor.executeDisposition({ key });
    }
    const state = await system.stateOf(returnId);
    const { pendingCredit, inspected } = bucketsOf(state, state.lines[0]!);
    const confirmed = state.dispositions.every((one) => one.superseded || (one.confirmed.ERP && one.confirmed.WMS));
    const decided = inspected.equals(0) || state.dispositions.length > 0;
    return pendingCredit.equals(0) && decided && confirmed ? state : null;
  });
}

const dispositionsTold = (returnId: string) =>
  system.db
    .selectFrom("effects")
    .select("transaction_key")
    .where("return_id", "=", returnId)
    .where("deed", "=", "instruct disposition")
    .where("phase", "=", "DONE")
    .execute();

/** W-07: every unit asked for either came and is credited, or is cancelled; nothing is left open at the warehouse or as a draft in the ERP. */
async function everyUnitIsSettled(returnId: string): Promise<void> {
  const state = await system.stateOf(returnId);
  const { authorized, received, over, credited } = bucketsOf(state, state.lines[0]!);
  const seen = [authorized, received, over, credited].map(Number);
  assert.equal(Number(state.lines[0]!.cancelled) + Number(authorized), ASKED, `cancelled and kept: ${seen}`);
  assert.equal(Number(received) - Number(over), Number(authorized), `what has not come is cancelled: ${seen}`);
  assert.equal(Number(credited), Number(authorized), `what came is credited: ${seen}`);
  assert.equal(state.cancelRequested, null);
  const ours = system.sandbox.servers["business-central"].ledger.drafts().filter((draft) => isOf(state, draft));
  assert.deepEqual(ours, [], "no draft is left in the ERP");
  if (Number(received) > 0) return;
  assert.equal(statusOf(state), "CANCELLED");
  assert.ok(state.erpAuthorization === null || state.erpAuthorization.deleted, "the return order is deleted");
  assert.ok(state.instruction === null || state.instruction.state === "CANCELLED", "the instruction is withdrawn");
}

const isOf = ({ rmaNumber }: ReturnState, draft: { externalDocumentNumber?: string }): boolean =>
  (draft.externalDocumentNumber ?? "").includes(rmaNumber.replaceAll("-", ""));

const beforeGoods = [
  "return.requested",
  "warehouse.chosen",
  "warehouse.instructed",
  "erp-authorization.created",
] as const;

test("a cancel at any moment before goods come undoes what was intended, and nothing more (W-07, D-10, D-33, RS-11)", async () => {
  await Promise.all(
    beforeGoods.map(async (kind) => {
      const returnId = await askForFour();
      await factWritten(returnId, kind);
      assert.deepEqual((await acts.cancel(returnId)).userErrors, []);
      await cancelDone(returnId);
      await judge(system, returnId);
      await everyUnitIsSettled(returnId);
    }),
  );
});

const afterGoods = [
  "receipt.recorded",
  "inventory.received",
  "inspection.completed",
  "credit.drafted",
  "credit.applied",
] as const;

test("a cancel and a second receipt together, at any moment of the first: what came is credited, the rest is cancelled (W-07, W-11, D-12, D-33)", async () => {
  await Promise.all(afterGoods.map(raceAt));
});

async function raceAt(kind: FactKind): Promise<void> {
  const returnId = await askForFour();
  const { state, floor } = await acts.expected(returnId);
  const some = (value: string) => [
    { instructionLine: 1, quantity: { value, unit: state.lines[0]!.unit }, complete: false },
  ];
  const second = factWritten(returnId, kind).then(async () => {
    const cancelled = acts.cancel(returnId);
    const receipt = floor.receive({ rmaNumber: state.rmaNumber, lines: some("1") }).warehouseReceiptNumber;
    assert.deepEqual((await cancelled).userErrors, []);
    return receipt;
  });
  const first = floor.receive({ rmaNumber: state.rmaNumber, lines: some("2") }).warehouseReceiptNumber;
  floor.inspect({ receipt: first, line: 1, grade: "A" });
  floor.inspect({ receipt: await second, line: 1, grade: "A" });
  await system.returnWhen(
    returnId,
    "both receipts",
    ({ receipts, inspections }) => receipts.length === 2 && inspections.length === 2,
  );
  await cancelDone(returnId);
  await finish(returnId);
  await judge(system, returnId);
  await everyUnitIsSettled(returnId);
}

/** SO-300001 goes to HAM4, a third party that first answers CANCEL_REQUESTED. */
async function askHamburgToCancel(quantity: string) {
  const options = { by: "sam", company: "EU03" };
  const returnId = await acts.requestReturn("SO-300001", [{ quantity }], options);
  const { state, floor } = await acts.expected(returnId);
  await factWritten(returnId, "erp-authorization.created");
  assert.equal(state.warehouse, "HAM4");
  assert.deepEqual((await acts.cancel(returnId, { by: "sam" })).userErrors, []);
  const asked = await system.returnWhen(
    returnId,
    "the request to cancel",
    ({ instruction }) => instruction?.state === "CANCEL_REQUESTED",
  );
  await system.quiet(returnId);
  return { returnId, rmaNumber: state.rmaNumber, floor, key: asked.instruction!.transactionKey };
}

test("SO-300001: a third-party warehouse is waited for; its word ends the cancel (D-33, W-07)", async () => {
  const { returnId, floor, key } = await askHamburgToCancel("1");
  const waiting = await system.stateOf(returnId);
  assert.notEqual(waiting.cancelRequested, null);
  assert.deepEqual(waiting.exceptions, []);
  floor.answerCancel({ key });
  const state = await cancelDone(returnId);
  assert.equal(statusOf(state), "CANCELLED");
  assert.ok(state.erpAuthorization?.deleted);
  await judge(system, returnId);
});

test("SO-300001: goods that come although the third party was asked to cancel are credited, and the return closes (D-33, W-07)", async () => {
  const { returnId, rmaNumber, floor } = await askHamburgToCancel("2");
  const { warehouseReceiptNumber: receipt } = floor.receive({
    rmaNumber,
    lines: [{ instructionLine: 1, quantity: { value: "1", unit: "EA" }, complete: false }],
  });
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 1);
  await cancelDone(returnId);
  await finish(returnId);
  const state = await system.returnWhen(returnId, "the return to be closed", (seen) => statusOf(seen) === "CLOSED");
  assert.equal(state.lines[0]!.cancelled, "1");
  await judge(system, returnId);
});

test("goods that come after the cancel is done wait to be matched by people, and no money follows (W-07, D-16, D-33)", async () => {
  const returnId = await askForFour();
  await factWritten(returnId, "erp-authorization.created");
  await acts.cancel(returnId);
  await cancelDone(returnId);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const state = await system.returnWhen(
    returnId,
    "the inspection and a task",
    ({ inspections, exceptions }) => inspections.length === 1 && exceptions.length > 0,
  );
  assert.equal(statusOf(state), "UNAUTHORIZED_RECEIPT");
  await judge(system, returnId);
  const { credits, exceptions } = await system.stateOf(returnId);
  assert.deepEqual(credits, []);
  assert.ok(
    exceptions.every(({ owner }) => owner === "warehouse"),
    JSON.stringify(exceptions),
  );
});
