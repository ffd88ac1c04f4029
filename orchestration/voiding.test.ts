import assert from "node:assert/strict";
import { test } from "node:test";
import { recordInspection } from "./inspecting.ts";
import { loadPolicies } from "./policies/policies.ts";
import { recordReceipt } from "./receiving.ts";
import { amount, authorizedReturn, credit, inspection, inspect, receive } from "./sample-facts.ts";

const policies = loadPolicies();

/** Four units received and inspected; their credit waits for finance, after a supervisor has said yes to something about the inspection. */
function waitingForFinance() {
  const log = authorizedReturn({ id: "rln_1", quantity: "4", reasonCode: "ORDERED_IN_ERROR" });
  receive(log, "rcl_1", "rln_1", amount("4"));
  inspect(log, "ins_1", "rcl_1", amount("4"));
  credit(log, "crd_1", "rcl_1", "rln_1", amount("4"), { post: false });
  const approvals = [{ tier: 1, requiredRole: "finance", threshold: "1.00", ruleId: "AP-03" }];
  Object.assign(log.facts.at(-1)!.data, { approvals });
  Object.assign(log.state.credits[0]!, { approvals, status: "PENDING_APPROVAL" });
  const asked = {
    kind: "HIGH_VALUE_CREDIT",
    tier: 1,
    requiredRole: "finance",
    amount: "100.00",
    threshold: "1.00",
    decisionHash: "hash",
    reasons: [],
    expiresAt: "2099-01-01T00:00:00.000Z",
  };
  log.add("approval.requested", { ...asked, approvalId: "apr_1", subject: { creditId: "crd_1" } });
  log.add("approval.requested", {
    ...asked,
    ...{ approvalId: "apr_2", kind: "DAMAGED_GOODS", subject: { inspectionId: "ins_1" } },
  });
  return log.state;
}

function correctedTo(quantity: string): string[] {
  const state = waitingForFinance();
  const { receipts } = state;
  const { warehouse, warehouseReceiptNumber, receivedAt } = receipts[0]!;
  const line = { ...receipts[0]!.lines[0]!, revision: 2, quantity: amount(quantity), instructionLine: 1 };
  return recordReceipt(state, {
    ...{ warehouse, warehouseReceiptNumber, receivedAt, trackingNumber: null, manual: false },
    lines: [line],
  }).facts.map(({ kind, data }) => ["approvalId" in data ? `${kind} ${data.approvalId}` : kind].join(" "));
}

function inspectedAgainAs(grade: string): string[] {
  const told = { ...inspection("", "rcl_1", amount("4"), "", grade), revision: 2 };
  const result = recordInspection(waitingForFinance(), told, policies);
  assert.ok("facts" in result);
  return result.facts.map(({ kind, data }) => ("approvalId" in data ? `${kind} ${data.approvalId}` : kind));
}

test("a receipt that counts fewer units voids what waits to be approved of them, one that counts more does not (W-08, D-15)", () => {
  assert.deepEqual(correctedTo("3"), ["receipt.corrected", "approval.voided apr_1", "credit.reversed"]);
  assert.deepEqual(correctedTo("5"), ["receipt.corrected"]);
});

test("an inspection that says something else voids the approvals of its credit, and any later one what was asked about it (W-08)", () => {
  assert.deepEqual(inspectedAgainAs("B"), [
    "inspection.corrected",
    "approval.voided apr_2",
    "approval.voided apr_1",
    "credit.reversed",
  ]);
  assert.deepEqual(inspectedAgainAs("A"), ["inspection.corrected", "approval.voided apr_2"]);
});
