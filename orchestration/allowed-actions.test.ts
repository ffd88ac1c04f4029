import assert from "node:assert/strict";
import { test } from "node:test";
import type { Role } from "#shared/caller.ts";
import { allowedActions } from "./allowed-actions.ts";
import { ada, amount, authorizedReturn, receive, type FactLog } from "./sample-facts.ts";

const person = (id: string, ...roles: Role[]) => ({ id, kind: "PERSON" as const, roles });
const can = (log: FactLog, caller: ReturnType<typeof person>) =>
  allowedActions(log.state, caller)
    .filter(({ allowed }) => allowed)
    .map(({ action }) => action);
const why = (log: FactLog, action: string, caller: ReturnType<typeof person>) =>
  allowedActions(log.state, caller)
    .find((one) => one.action === action)
    ?.reasons.map(({ code, message }) => `${code}: ${message}`);

test("what a caller may do follows role and state, and says why not (PA-12, CM-09)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "2" });
  assert.deepEqual(can(log, person("usr_bo", "service")), ["amendReturn", "cancelReturn", "requestReplacement"]);
  assert.deepEqual(can(log, person("usr_wilma", "warehouse")), ["recordReceipt"]);
  assert.deepEqual(why(log, "cancelReturn", person("usr_wilma", "warehouse")), [
    "NOT_ALLOWED: This takes the role service or supervisor.",
  ]);
  receive(log, "r1", "l1", amount("2"));
  assert.deepEqual(can(log, person("usr_bo", "service")), ["amendReturn", "requestReplacement"]);
  assert.deepEqual(can(log, person("usr_wilma", "warehouse")), ["recordReceipt", "recordInspection"]);
  assert.deepEqual(why(log, "cancelReturn", person("usr_bo", "service")), [
    "CONFLICT: All goods have come; what came is finished, not cancelled.",
  ]);
});

test("an approval is decided by the role that is asked, and not by who requested (D-24)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "2" });
  assert.deepEqual(why(log, "decideApproval", person("usr_sam", "supervisor")), ["CONFLICT: No approval is pending."]);
  log.add("approval.requested", {
    approvalId: "apr_1",
    kind: "OVER_RECEIPT",
    tier: 1,
    requiredRole: "supervisor",
    amount: null,
    threshold: null,
    subject: { lineIds: ["l1"] },
    decisionHash: "h",
    reasons: [],
    expiresAt: "2026-05-11T15:00:00.000Z",
  });
  assert.ok(can(log, person("usr_sam", "supervisor")).includes("decideApproval"));
  assert.deepEqual(why(log, "decideApproval", person("usr_fin", "finance")), [
    "NOT_ALLOWED: Deciding this takes the role supervisor.",
  ]);
  assert.deepEqual(why(log, "decideApproval", person(ada.id, "supervisor")), [
    "NOT_ALLOWED: Who requested the return may not approve it.",
  ]);
});
