import assert from "node:assert/strict";
import { test } from "node:test";
import { amount, authorizedReturn, inspection, receive } from "./sample-facts.ts";
import { placeOf } from "./where-goods-are.ts";

test("goods that were decided on otherwise are where they came in, or where the first decision put them if it was posted before (D-01, W-07)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "3" });
  receive(log, "r1", "l1", amount("3"));
  log.add("inspection.completed", inspection("ins1", "r1", amount("3"), "100", "B"));
  const decided = (dispositionId: string, code: string, value: string) => ({
    ...{ dispositionId, inspectionId: "ins1", receiptLineId: "r1", returnLineId: "l1", code, quantity: amount(value) },
    ...{ warehouse: "CHI1", ruleId: null, policyVersion: null },
  });
  log.add("disposition.decided", decided("first", "RESTOCK_B_GRADE", "3"));
  log.add("disposition.changed", { ...decided("before", "RESTOCK", "1"), replaces: "first" });
  log.add("inventory.adjusted", {
    ...{ postingId: "pst1", transactionKey: "BH1-R267Q3KX2M-D0008", documentNumber: "IJ-1", kind: "MOVE" },
    ...{ dispositionId: "first", from: "quarantine", to: "bGrade", quantity: amount("2") },
  });
  log.add("disposition.changed", { ...decided("after", "SCRAP", "1"), replaces: "first" });
  assert.deepEqual(
    log.state.dispositions.map((one) => [one.dispositionId, placeOf(log.state, one)]),
    [
      ["first", "quarantine"],
      ["before", "quarantine"],
      ["after", "bGrade"],
    ],
  );
});
