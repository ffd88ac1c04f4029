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

test("damaged goods of value wait for a supervisor, and the return does not close before their disposition is done (D-32)", async () => {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "3", reason: "PACKED_BADLY" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "E" });
  await system.returnWhen(returnId, "the supervisor to be asked", ({ approvals }) =>
    approvals.some(({ kind, status }) => kind === "DAMAGED_GOODS" && status === "PENDING"),
  );
  await system.quiet(returnId);
  const asked = await system.stateOf(returnId);
  assert.deepEqual([asked.dispositions, asked.closedAt], [[], null]);

  const { approval, userErrors } = await acts.decide(returnId, "sam");
  assert.deepEqual([approval?.status, userErrors], ["APPROVED", []]);
  await acts.executeDispositions(returnId, 1);
  const closed = await system.returnWhen(returnId, "the return to close", ({ closedAt }) => closedAt !== null);
  assert.equal(statusOf(closed), "CLOSED");
  assert.equal(closed.dispositions[0]?.code, "SCRAP");
  await judge(system, returnId);
});
