import assert from "node:assert/strict";
import { before, test } from "node:test";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

test("damaged goods of value wait for a supervisor, their credit too, and the return does not close before their disposition is done (PA-08, D-32)", async () => {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "3", reason: "PACKED_BADLY" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "E" });
  await system.returnWhen(returnId, "the supervisor to be asked", ({ approvals }) =>
    approvals.some(({ kind, status }) => kind === "DAMAGED_GOODS" && status === "PENDING"),
  );
  await system.quiet(returnId);
  const asked = await system.stateOf(returnId);
  assert.deepEqual([asked.dispositions, asked.credits, asked.closedAt], [[], [], null]);

  const { approval, userErrors } = await acts.decide(returnId, "sam");
  assert.deepEqual([approval?.status, userErrors], ["APPROVED", []]);
  await acts.executeDispositions(returnId, 1);
  const closed = await system.returnWhen(returnId, "the return to close", ({ closedAt }) => closedAt !== null);
  assert.equal(statusOf(closed), "CLOSED");
  assert.equal(closed.dispositions[0]?.code, "SCRAP");
  assert.equal(closed.credits[0]?.status, "POSTED");
  await judge(system, returnId);
});

test("what a supervisor declines to pay for damaged goods is a task for finance, and no credit (PA-08, RS-27)", async () => {
  const returnId = await acts.requestReturn("SO-100002", [{ quantity: "10", reason: "PACKED_BADLY" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "E" });
  assert.equal((await acts.decide(returnId, "sam", "DECLINE")).approval?.status, "DECLINED");
  const state = await system.returnWhen(returnId, "the task", ({ exceptions }) => exceptions.length > 0);
  assert.deepEqual(
    [state.exceptions.map(({ code, owner }) => [code, owner]), state.credits],
    [[["STOCK_WITHOUT_CREDIT", "finance"]], []],
  );
  await judge(system, returnId);
});
