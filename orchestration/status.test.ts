import assert from "node:assert/strict";
import { test } from "node:test";
import { lineStatuses } from "./line-statuses.ts";
import {
  amount,
  authorize,
  authorizedReturn,
  createFactLog,
  credit,
  evaluate,
  inspect,
  inspection,
  receive,
  request,
  type FactLog,
} from "./sample-facts.ts";
import { statusOf, statusOfRanks, type LineRanks } from "./status.ts";

const at = (...ranks: number[]): LineRanks => ({ ranks, grantedInPart: false, ending: null });
const inPart = (rank: number): LineRanks => ({ ranks: [rank], grantedInPart: true, ending: null });
const ended = (ending: "DECLINED" | "CANCELLED" | "EXPIRED"): LineRanks => ({
  ranks: [],
  grantedInPart: false,
  ending,
});

const published: [
  row: number,
  lines: LineRanks[],
  status: string,
  overlay?: { closed?: boolean; unauthorizedGoods?: boolean },
][] = [
  [1, [at(1), at(1)], "REQUESTED"],
  [2, [at(1), at(2)], "REQUESTED"],
  [3, [at(2), at(3)], "PARTIALLY_AUTHORIZED"],
  [4, [inPart(3)], "PARTIALLY_AUTHORIZED"],
  [5, [at(3), ended("DECLINED")], "AUTHORIZED"],
  [6, [inPart(4)], "AWAITING_RECEIPT"],
  [7, [at(4), at(5)], "AWAITING_RECEIPT"],
  [8, [at(5), at(6)], "IN_TRANSIT"],
  [9, [at(6), ended("CANCELLED")], "LOST"],
  [10, [at(6), at(11)], "PARTIALLY_RECEIVED"],
  [11, [at(5), at(7)], "PARTIALLY_RECEIVED"],
  [12, [at(11, 4)], "PARTIALLY_RECEIVED"],
  [13, [at(7), at(8)], "RECEIVED"],
  [14, [at(9), at(10)], "DISPOSITIONED"],
  [15, [at(10), at(11)], "PARTIALLY_SETTLED"],
  [16, [at(11, 9)], "PARTIALLY_SETTLED"],
  [17, [at(11), ended("CANCELLED")], "SETTLED"],
  [18, [at(11), at(11)], "CLOSED", { closed: true }],
  [19, [ended("DECLINED"), ended("CANCELLED")], "CANCELLED"],
  [20, [ended("EXPIRED")], "UNAUTHORIZED_RECEIPT", { unauthorizedGoods: true }],
];

for (const [row, lines, status, overlay] of published)
  test(`row ${row} of the published table: ${status} (D-12, CM-18)`, () => {
    assert.equal(statusOfRanks({ lines, closed: false, unauthorizedGoods: false, ...overlay }), status);
  });

const statusesOf = (log: FactLog, line = 0) =>
  Object.values(lineStatuses(log.state, log.state.lines[line] ?? assert.fail())).join(" ");

test("one line from request to closed: header and line statuses follow its quantity (D-12, OS-26)", () => {
  const log = createFactLog();
  const lines = [{ id: "l1", quantity: "4", approvalKinds: ["HAZARD"] }];
  request(log, lines);
  assert.equal(statusOf(log.state), "REQUESTED");
  evaluate(log, lines);
  assert.equal(statusOf(log.state), "PENDING_APPROVAL");
  assert.equal(statusesOf(log), "PENDING_APPROVAL NOT_REQUIRED AWAITING NOT_REQUIRED NOT_DUE");
  authorize(log, { lineId: "l1", quantity: "3" });
  assert.equal(statusOf(log.state), "PARTIALLY_AUTHORIZED");
  log.add("warehouse.instructed", { warehouse: "CHI1", transactionKey: "BH1-R267Q3KX2M-W0004" });
  assert.equal(statusOf(log.state), "AWAITING_RECEIPT");
  receive(log, "r1", "l1", amount("1"));
  assert.equal(statusOf(log.state), "PARTIALLY_RECEIVED");
  assert.equal(statusesOf(log), "PARTIALLY_AUTHORIZED NOT_REQUIRED PARTIALLY_RECEIVED QUEUED NOT_DUE");
  receive(log, "r2", "l1", amount("2"));
  assert.equal(statusOf(log.state), "RECEIVED");
  log.add("inspection.started", { receiptLineId: "r1", inspector: { id: "w", displayName: "W", kind: "PERSON" } });
  assert.equal(statusOf(log.state), "RECEIVED");
  log.add("inspection.started", { receiptLineId: "r2", inspector: { id: "w", displayName: "W", kind: "PERSON" } });
  assert.equal(statusOf(log.state), "IN_INSPECTION");
  inspect(log, "i1", "r1", amount("1"));
  inspect(log, "i2", "r2", amount("2"), "0", "E");
  assert.equal(statusOf(log.state), "DISPOSITIONED");
  assert.equal(statusesOf(log), "PARTIALLY_AUTHORIZED NOT_REQUIRED RECEIVED INSPECTED DUE");
  credit(log, "c1", "r1", "l1", amount("1"), { post: false });
  assert.equal(statusOf(log.state), "DISPOSITIONED");
  log.add("disposition.executed", { dispositionId: "dsp-of-i2", executedAt: "2026-05-06T10:00:00.000Z", bin: null });
  assert.equal(statusOf(log.state), "PARTIALLY_SETTLED");
  credit(log, "c2", "r1", "l1", amount("0"), { post: false });
  assert.equal(statusesOf(log), "PARTIALLY_AUTHORIZED NOT_REQUIRED RECEIVED INSPECTED APPROVED");
});

test("settled while all is credited, closed while return.closed stands, reopened by derivation (D-12, D-32)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "2" });
  receive(log, "r1", "l1", amount("2"));
  inspect(log, "i1", "r1", amount("2"));
  credit(log, "c1", "r1", "l1", amount("2"), { post: false });
  assert.equal(statusOf(log.state), "PENDING_CREDIT");
  log.add("effect.ambiguous", {
    transactionKey: log.state.credits[0]?.transactionKey ?? "",
    system: "erp",
    operationId: "op_1",
    lane: "money",
  });
  assert.match(statusesOf(log), /POSTING$/);
  log.add("effect.resolved", { transactionKey: log.state.credits[0]?.transactionKey ?? "", outcome: "DONE" });
  const { transactionKey, net, tax, total } = log.state.credits[0] ?? assert.fail();
  log.add("credit.posted", {
    creditId: "c1",
    transactionKey,
    documentId: "guid",
    number: "PSCM-1",
    net,
    tax,
    total,
    postedOn: "2026-05-06",
  });
  assert.equal(statusOf(log.state), "SETTLED");
  assert.match(statusesOf(log), /RECEIVED INSPECTED CREDITED$/);
  log.add("return.closed", {});
  assert.equal(statusOf(log.state), "CLOSED");
  log.add("return.reopened", { reason: "The proof found a difference." });
  assert.equal(statusOf(log.state), "SETTLED");
});

test("ended returns say how they ended; goods that come later are unauthorized until sent back (D-12, D-33)", () => {
  const expired = authorizedReturn({ id: "l1", quantity: "2" });
  expired.add("return.expired", { lines: [{ lineId: "l1", quantity: amount("2") }] });
  assert.equal(statusOf(expired.state), "EXPIRED");
  receive(expired, "r1", "l1", amount("2"), { state: "OVER" });
  assert.equal(statusOf(expired.state), "UNAUTHORIZED_RECEIPT");
  expired.add("discrepancy.raised", {
    discrepancyId: "d1",
    kind: "AFTER_EXPIRY",
    receiptLineId: "r1",
    returnLineId: "l1",
    expected: null,
    actual: null,
  });
  assert.equal(statusOf(expired.state), "UNAUTHORIZED_RECEIPT");
  expired.add("discrepancy.resolved", { discrepancyId: "d1", status: "SENT_BACK" });
  assert.equal(statusOf(expired.state), "EXPIRED");

  const cancelled = authorizedReturn({ id: "l1", quantity: "2" });
  cancelled.add("return.cancel-requested", { reason: "Customer keeps it." });
  assert.equal(statusOf(cancelled.state), "AWAITING_RECEIPT");
  cancelled.add("return.cancelled", { lines: [{ lineId: "l1", quantity: amount("2") }] });
  assert.equal(statusOf(cancelled.state), "CANCELLED");
  assert.equal(cancelled.state.cancelRequested, null);

  const short = authorizedReturn({ id: "l1", quantity: "2" });
  short.add("line.short-closed", { lineId: "l1", quantity: amount("2") });
  assert.equal(statusOf(short.state), "EXPIRED");

  const declined = createFactLog();
  request(declined, [{ id: "l1", quantity: "1" }]);
  declined.add("return.declined", {
    lines: [{ lineId: "l1", reason: "OUTSIDE_WINDOW", ruleId: "EL-09" }],
    policyVersion: "2026.1",
  });
  assert.equal(statusOf(declined.state), "DECLINED");
});

test("goods without a return are an unauthorized receipt until they are matched (D-12)", () => {
  const log = createFactLog();
  request(log, []);
  receive(log, "r1", null, amount("1"));
  assert.equal(statusOf(log.state), "UNAUTHORIZED_RECEIPT");
});

test("a disputed or reopened inspection takes its goods back to inspection (D-12)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "2" });
  receive(log, "r1", "l1", amount("2"));
  inspect(log, "i1", "r1", amount("2"), "0", "E");
  assert.equal(statusOf(log.state), "DISPOSITIONED");
  log.add("inspection.disputed", { inspectionId: "i1", note: "It was complete." });
  assert.equal(statusOf(log.state), "IN_INSPECTION");
  assert.match(statusesOf(log), /DISPUTED/);
  log.add("inspection.corrected", { ...inspection("i2", "r1", amount("2")), replaces: "i1", revision: 2 });
  assert.equal(statusOf(log.state), "DISPOSITIONED");
});
