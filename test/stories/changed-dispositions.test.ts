import assert from "node:assert/strict";
import { before, test } from "node:test";
import { isTold } from "#orchestration/dispositions.ts";
import type { DispositionState, ReturnState } from "#orchestration/return-state.ts";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// What becomes of inspected goods is decided otherwise before the warehouse has done it: it lets go of the old, then it is told the new.

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
let canadian: PlainOrder[];
before(async () => {
  system = await startEverything({ internals: { breakerHalfOpenMs: 100, requestsPerMinute: 100_000 } });
  acts = createActs(system);
  const today = new Date().toISOString().slice(0, 10);
  const plain = (company: "US01" | "CA02") =>
    plainOrders({ ...system.sandbox.distributor, company, today }).filter(({ quantity }) => quantity > 1);
  [orders, canadian] = [plain("US01"), plain("CA02")];
});

const standing = ({ dispositions }: ReturnState) => dispositions.filter(({ superseded }) => !superseded);
const told = ({ instruction }: DispositionState) => instruction?.state === "TOLD";
const codes = (state: ReturnState) => standing(state).map(({ code, quantity }) => `${quantity.value} ${code}`);
const closed = (returnId: string) =>
  system.returnWhen(returnId, "the return to close", (state) => statusOf(state) === "CLOSED");

/** Two units that came back as new, were credited, and that the warehouse was told to restock. */
async function toBeRestocked(company: "US01" | "CA02" = "US01") {
  const { number, line, unit, sku } = (company === "US01" ? orders : canadian).shift()!;
  const returnId = await acts.requestReturn(number, [{ line, quantity: "2", unit }], { company });
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 1);
  const state = await system.returnWhen(returnId, "the warehouse to be told", (seen) => standing(seen).some(told));
  const [disposition] = standing(state);
  await system.quiet(returnId);
  return { returnId, floor, sku, site: state.warehouse!, disposition: disposition! };
}

const change = async (disposition: DispositionState, code: string, quantity: string, by = "sam") =>
  assert.deepEqual((await acts.changeDisposition(disposition.dispositionId, { code, quantity, by })).userErrors, []);

const stock = (company: string, sku: string, location: string) =>
  Number(system.sandbox.servers["business-central"].ledger.stockAt(company, sku, location));

test("one of two units is scrapped instead: the warehouse lets go of both, is told each anew, and the ERP has one left (OS-13, CM-06, W-06, W-07, SA-03)", async () => {
  const { returnId, floor, sku, site, disposition } = await toBeRestocked();
  const before = stock("US01", sku, site);
  await change(disposition, "SCRAP", "1", "wilma");
  const state = await system.returnWhen(
    returnId,
    "both to be told",
    (seen) => standing(seen).filter(told).length === 2,
  );
  assert.deepEqual(codes(state), ["1 RESTOCK", "1 SCRAP"]);
  assert.throws(() => floor.executeDisposition({ key: disposition.instruction!.transactionKey }), /CANCELLED/);
  await acts.executeDispositions(returnId, 2);
  await closed(returnId);
  // Both had been restocked in the ERP before anybody changed their mind.
  assert.equal(stock("US01", sku, site), before - 1);
  await judge(system, returnId);
});

test("a decision that is changed twice, and back, is told as it stands at last; what was done is not changed any more (W-07, W-08)", async () => {
  const { returnId, disposition } = await toBeRestocked();
  await change(disposition, "REFURBISH", "2");
  const [second] = standing(await system.stateOf(returnId));
  await change(second!, "RESTOCK", "2");
  await system.quiet(returnId);
  // Where it was changed back before anybody asked the warehouse to let go, what it was told at first says it.
  const back = await system.stateOf(returnId);
  assert.deepEqual([codes(back), standing(back).map((one) => isTold(back, one))], [["2 RESTOCK"], [true]]);
  await acts.executeDispositions(returnId, 1);
  const state = await closed(returnId);
  assert.deepEqual(codes(state), ["2 RESTOCK"]);
  const [last] = standing(state);
  const { userErrors } = await acts.changeDisposition(last!.dispositionId, { code: "SCRAP", quantity: "1" });
  assert.deepEqual(
    userErrors.map(({ code }) => code),
    ["CONFLICT"],
  );
  await judge(system, returnId);
});

test("a warehouse that asks its people first is waited for; its word lets the new instruction out, its no keeps the old decision (D-33, W-07)", async () => {
  for (const refused of [false, true]) {
    const { returnId, floor, site, disposition } = await toBeRestocked();
    const wms = system.sandbox.servers[`wms-${site.toLowerCase()}` as "wms-chi1"].controls;
    wms.askBeforeCancel({ on: true });
    await change(disposition, "REFURBISH", "1");
    const asked = ({ dispositions }: ReturnState) =>
      dispositions.some(({ instruction }) => instruction?.state === "CANCEL_REQUESTED");
    await system.returnWhen(returnId, "the warehouse to be asked", asked);
    await system.quiet(returnId);
    assert.equal(standing(await system.stateOf(returnId)).filter(told).length, 0, "nothing goes out meanwhile");
    const { transactionKey: key } = disposition.instruction!;
    floor.answerCancel({ key, refused, ...(refused ? { reason: "ON_THE_TRUCK" } : {}) });
    wms.askBeforeCancel({ on: false });
    if (refused) {
      const kept = await system.returnWhen(returnId, "the task", ({ exceptions }) => exceptions.length > 0);
      assert.deepEqual(codes(kept), ["1 RESTOCK", "1 RESTOCK"]);
      assert.deepEqual(
        kept.exceptions.map(({ code, owner }) => [code, owner]),
        [["SITE_REFUSED", "warehouse"]],
      );
      floor.executeDisposition({ key });
      await system.returnWhen(returnId, "what was done", (seen) => standing(seen).every((one) => one.executedAt));
      await acts.resolve("wilma", kept.exceptions[0]!.exceptionId, { note: "They stay." });
    } else {
      await system.returnWhen(returnId, "both to be told", (seen) => standing(seen).filter(told).length === 2);
      await acts.executeDispositions(returnId, 2);
    }
    assert.deepEqual(
      codes(await closed(returnId)),
      refused ? ["1 RESTOCK", "1 RESTOCK"] : ["1 RESTOCK", "1 REFURBISH"],
    );
    await judge(system, returnId);
  }
});

test("what the warehouse did before it heard of the change stands, and somebody is told (W-07)", async () => {
  const { returnId, floor, site, disposition } = await toBeRestocked();
  const wms = system.sandbox.servers[`wms-${site.toLowerCase()}` as "wms-chi1"];
  wms.controls.hook({ url: null });
  const deaf = wms.faults.arm({
    match: { method: "GET", path: "/events" },
    times: 0,
    action: { kind: "refuse", status: 503 },
  });
  floor.executeDisposition({ key: disposition.instruction!.transactionKey });
  await change(disposition, "SCRAP", "2");
  const kept = await system.returnWhen(returnId, "the task", ({ exceptions }) => exceptions.length > 0);
  assert.deepEqual([codes(kept), kept.exceptions.map(({ code }) => code)], [["2 RESTOCK"], ["SITE_REFUSED"]]);
  wms.faults.disarm(deaf.id);
  await system.returnWhen(returnId, "what was done", (seen) => standing(seen).every((one) => one.executedAt));
  await acts.resolve("wilma", kept.exceptions[0]!.exceptionId, { note: "They stay." });
  assert.deepEqual(codes(await closed(returnId)), ["2 RESTOCK"]);
  await judge(system, returnId);
});

test("an approval of damaged goods, and the credit that waits on it, are void when their disposition changes; the supervisor is asked anew (W-08)", async () => {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "4", reason: "PACKED_BADLY" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "C" });
  await acts.decide(returnId, "sam");
  const approved = await system.returnWhen(
    returnId,
    "finance to be asked",
    ({ approvals, dispositions }) =>
      approvals.some(({ kind, status }) => kind === "HIGH_VALUE_CREDIT" && status === "PENDING") &&
      dispositions.some(told),
  );
  const voided = approved.approvals.find(({ kind }) => kind === "HIGH_VALUE_CREDIT")!;
  await change(approved.dispositions[0]!, "SCRAP", "4");
  const anew = await system.returnWhen(returnId, "the supervisor to be asked anew", ({ approvals }) =>
    approvals.some(({ kind, status }) => kind === "DAMAGED_GOODS" && status === "PENDING"),
  );
  assert.deepEqual(
    anew.approvals.map(({ kind, status }) => `${kind} ${status}`),
    ["DAMAGED_GOODS VOIDED", "HIGH_VALUE_CREDIT VOIDED", "DAMAGED_GOODS PENDING"],
  );
  const fin = await system.as("fin");
  const input = { idempotencyKey: newKey(), id: voided.approvalId, decision: "APPROVE" };
  const { decideApproval } = await fin.data("service-ui/decide-approval", { input });
  assert.deepEqual(
    decideApproval.userErrors.map(({ code }: { code: string }) => code),
    ["CONFLICT"],
  );
  await system.quiet(returnId);
  assert.equal(standing(await system.stateOf(returnId)).some(told), false, "the warehouse waits for the approval");
  await acts.decide(returnId, "sam");
  await acts.decide(returnId, "fin");
  await acts.credited(returnId, 1);
  await acts.executeDispositions(returnId, 1);
  await closed(returnId);
  await judge(system, returnId);
});

test("where people move the goods in the ERP, the task of the old move ends by itself and each part is asked for anew (D-02)", async () => {
  const { returnId, sku, disposition } = await toBeRestocked("CA02");
  const [old] = await acts.movesByHand(returnId, 1);
  await change(disposition, "REFURBISH", "1");
  const state = await system.returnWhen(
    returnId,
    "both moves to be asked for",
    ({ exceptions }) => exceptions.filter(({ status }) => status !== "RESOLVED").length === 2,
  );
  assert.equal(state.exceptions.find(({ exceptionId }) => exceptionId === old!.exceptionId)?.resolution, "CONVERGED");
  await acts.executeDispositions(returnId, 2);
  for (const { exceptionId, summary } of await acts.movesByHand(returnId, 2)) {
    const { number } = system.sandbox.servers["business-central"].controls.bookItems({
      company: "CA02",
      lines: [
        { item: sku, location: "QUARANTINE", quantity: "-1" },
        { item: sku, location: summary.includes("(REFURBISH,") ? "REPAIR" : state.warehouse!, quantity: "1" },
      ],
    });
    await acts.resolve("fin", exceptionId, { reference: number });
  }
  await closed(returnId);
  await judge(system, returnId);
});
