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

test("SO-100001: four wrong bearings go from request to one posted memo of 1,276.70, approved once by finance (OS-17, OS-21, D-19, D-23, RS-01, SA-02, SA-04, OS-08, OS-14, OS-16, OS-22)", async () => {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "4" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });

  const { approval, userErrors } = await acts.decide(returnId, "fin");
  assert.deepEqual([approval?.status, userErrors], ["APPROVED", []]);
  const { credits } = await acts.credited(returnId, 1);
  assert.deepEqual(
    [credits[0]?.erp, credits[0]?.applications],
    [{ net: "1158.00", tax: "118.70", total: "1276.70" }, [{ invoiceNumber: "PSI-100001", amount: "1276.70" }]],
  );

  await acts.executeDispositions(returnId, 1);
  const closed = await system.returnWhen(returnId, "the return to be closed", (state) => statusOf(state) === "CLOSED");
  assert.deepEqual(
    closed.postings.map(({ kind, from, to }) => [kind, from, to]),
    [
      ["STOCK_IN", null, "quarantine"],
      ["MOVE", "quarantine", closed.warehouse],
    ],
  );
  const { ledger } = system.sandbox.servers["business-central"];
  assert.equal(ledger.stockAt("US01", "BRG-6204", "QUARANTINE"), "0");
  assert.equal(
    ledger.creditMemos().filter(({ externalDocumentNumber }) => externalDocumentNumber === credits[0]?.transactionKey)
      .length,
    1,
  );
  await judge(system, returnId);
});
