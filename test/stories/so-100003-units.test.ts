import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

/** Receives these quantities one after the other, each inspected A, and gives the memos' totals. */
async function creditOneByOne(
  returnId: string,
  quantities: { value: string; unit: string }[],
): Promise<(string | undefined)[]> {
  for (const [index, quantity] of quantities.entries()) {
    const { receipt, floor } = await acts.receive(returnId, [{ instructionLine: 1, quantity, complete: false }]);
    floor.inspect({ receipt, line: 1, grade: "A" });
    await acts.credited(returnId, index + 1);
  }
  return (await system.stateOf(returnId)).credits.map(({ erp }) => erp?.total);
}

test("SO-100003: a broken case is converted by the posted factor and credited to the cent (D-18, D-20, CM-03)", async () => {
  const returnId = await acts.requestReturn("SO-100003", [{ quantity: "2", unit: "CS" }]);
  const totals = await creditOneByOne(returnId, [
    { value: "12", unit: "EA" },
    { value: "8", unit: "EA" },
    { value: "4", unit: "EA" },
  ]);
  assert.deepEqual(totals, ["165.36", "110.24", "55.13"]);
  await judge(system, returnId);
});

test("SO-100004: three receipts of a line with an invoice discount close to the cent (D-07, D-20)", async () => {
  const returnId = await acts.requestReturn("SO-100004", [{ quantity: "3" }]);
  const each = { value: "1", unit: "EA" };
  assert.deepEqual(await creditOneByOne(returnId, [each, each, each]), ["33.33", "33.34", "33.33"]);
  await judge(system, returnId);
});
