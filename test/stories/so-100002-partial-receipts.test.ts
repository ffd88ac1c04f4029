import assert from "node:assert/strict";
import { before, test } from "node:test";
import { bucketsOf } from "#orchestration/quantities.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

const totals = ({ credits }: ReturnState) =>
  credits.filter(({ status }) => status === "POSTED").map(({ erp }) => erp?.total);
const shown = (state: ReturnState) => {
  const { requested, authorized, received, over, inspected, accepted, credited } = bucketsOf(state, state.lines[0]!);
  return [requested, authorized, received, over, inspected, accepted, credited].map(Number);
};

test("SO-100002: receipts of 3, 4 and 5 of 10 are received, inspected and credited each on its own, and the 2 over are held with a task (D-12, D-15, D-19, D-20, OS-10)", async () => {
  const returnId = await acts.requestReturn("SO-100002", [{ quantity: "10" }]);
  for (const [index, { quantity, sum }] of [
    { quantity: "3", sum: ["278.99"] },
    { quantity: "4", sum: ["278.99", "371.98"] },
    { quantity: "5", sum: ["278.99", "371.98", "278.99"] },
  ].entries()) {
    const { receipt, floor } = await acts.receive(returnId, [
      { instructionLine: 1, quantity: { value: quantity, unit: "EA" }, complete: false },
    ]);
    floor.inspect({ receipt, line: 1, grade: "A" });
    const state = await acts.credited(returnId, index + 1);
    assert.deepEqual(totals(state), sum);
  }
  await acts.executeDispositions(returnId, 3);

  const state = await system.returnWhen(
    returnId,
    "every disposition to be confirmed",
    ({ dispositions }) =>
      dispositions.length === 3 && dispositions.every(({ confirmed }) => confirmed.ERP && confirmed.WMS),
  );
  assert.deepEqual(shown(state), [10, 10, 12, 2, 10, 10, 10]);
  assert.deepEqual(
    state.exceptions.map(({ code, owner, status }) => [code, owner, status]),
    [["OVER_RECEIPT", "warehouse", "OPEN"]],
  );
  assert.deepEqual(state.approvals, [], "nothing of them is returnable, so nobody is asked (D-14)");
  assert.equal(
    system.sandbox.servers["business-central"].ledger.stockAt("US01", state.lines[0]!.posted!.sku, "QUARANTINE"),
    "0",
  );
  await judge(system, returnId);
});
