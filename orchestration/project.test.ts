import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Fact } from "./facts-vocabulary.ts";
import { fold } from "./fold.ts";
import { nextStep, turnOf } from "./next-step.ts";
import { project } from "./project.ts";
import {
  amount,
  authorizedReturn,
  createFactLog,
  credit,
  evaluate,
  inspect,
  receive,
  request,
} from "./sample-facts.ts";

test("a return's rows name its status, quantities, parts, receipts, credits and approvals (W-28)", () => {
  const { facts } = JSON.parse(readFileSync(new URL("golden/facts-0.1.json", import.meta.url), "utf8")) as {
    facts: Fact[];
  };
  const rows = project(fold(facts));
  assert.equal(rows.returns.version, facts.length);
  assert.equal(rows.returns.customer_number, "C-2001");
  assert.deepEqual(
    rows.return_lines.map(({ id, position, order_id, requested, received, credited }) => [
      id,
      position,
      order_id,
      requested,
      received,
      credited,
    ]),
    [
      ["l1", 0, "erp.order:US01:SO-100001", "24", "12", "0"],
      ["l2", 1, "erp.order:US01:SO-100001", "4", "0", "0"],
    ],
  );
  assert.deepEqual(
    rows.receipts.map(({ number }) => number),
    ["GR-rcl_1", "GR-rcl_2"],
  );
  assert.deepEqual(
    rows.credits.map(({ status, decided_on }) => [status, decided_on]),
    [
      ["DECLINED", "2026-05-04"],
      ["REVERSED", "2026-05-04"],
    ],
  );
  assert.deepEqual(
    rows.approvals.map(({ status }) => status),
    ["APPROVED", "VOIDED", "EXPIRED"],
  );
  const ids = rows.return_parts.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const part of ["l1", "rcp-of-rcl_1", "rcl_1", "ins_1", "dsp_2", "dcr_1", "pst_1", "crd_1", "apr_1"])
    assert.ok(ids.includes(part), part);
});

test("whose turn it is follows the work in hand (OS-36)", () => {
  const log = createFactLog();
  const step = () => `${turnOf(log.state).waitingOn?.party} ${nextStep(log.state).code}`;
  request(log, [{ id: "l1", quantity: "2" }]);
  assert.equal(step(), "ERP AWAIT_ERP");
  evaluate(log, [{ id: "l1", quantity: "2", approvalKinds: ["HAZARD"] }]);
  assert.equal(step(), "SUPERVISOR DECIDE_APPROVAL");
  const other = authorizedReturn({ id: "l1", quantity: "2" });
  const next = () => `${turnOf(other.state).waitingOn?.party} ${nextStep(other.state).code}`;
  assert.equal(next(), "CUSTOMER SHIP_BACK");
  assert.equal(turnOf(other.state).waitingOn?.dueAt, other.state.expiresAt);
  receive(other, "r1", "l1", amount("1"));
  assert.equal(next(), "WAREHOUSE INSPECT");
  inspect(other, "i1", "r1", amount("1"));
  credit(other, "c1", "r1", "l1", amount("1"), { post: false });
  assert.equal(next(), "ERP POST_CREDIT");
  other.add("credit.queued", { creditId: "c1", since: "2026-05-06T10:00:00.000Z" });
  assert.equal(turnOf(other.state).waitingOn?.since, "2026-05-06T10:00:00.000Z");
  other.add("exception.raised", {
    exceptionId: "e1",
    category: "ERP_RULE",
    code: "PERIOD_CLOSED",
    owner: "finance",
    summary: "The period is closed.",
    system: "erp",
    operationId: null,
    step: null,
    dueAt: "2026-05-07T10:00:00.000Z",
  });
  assert.equal(next(), "FINANCE RESOLVE_EXCEPTION");
  other.add("return.cancel-requested", { reason: "Kept." });
  assert.equal(next(), "WAREHOUSE CANCEL_REQUESTED");
});

test("serials are open until their line is settled (D-17)", () => {
  const log = createFactLog();
  request(log, [{ id: "l1", quantity: "1" }]);
  log.add("policy.evaluated", {
    policyVersion: "2026.1",
    customerId: "erp.customer:US01:C-2004",
    customerNumber: "C-2004",
    customerName: "Harbor Tools",
    currency: "USD",
    lines: [],
  });
  assert.deepEqual(project(log.state).serials, []);
  const withSerials = authorizedReturn({ id: "l1", quantity: "1" });
  const line = withSerials.state.lines[0] ?? assert.fail();
  const state = { ...withSerials.state, lines: [{ ...line, serialNumbers: ["SN-1"] }] };
  assert.deepEqual(
    project(state).serials.map(({ serial_number, open }) => [serial_number, open]),
    [["SN-1", true]],
  );
});
