import assert from "node:assert/strict";
import { test } from "node:test";
import { buckets, lineQuantities } from "./quantities.ts";
import { amount, authorizedReturn, credit, inspect, letIn, receive, type FactLog } from "./sample-facts.ts";

/** The eleven buckets as vocabulary section 7 writes them. */
function row(log: FactLog, line = 0): string {
  const state = log.state.lines[line];
  assert.ok(state);
  const { unit } = lineQuantities(log.state, state);
  return buckets.map((bucket) => unit[bucket].value).join("/");
}
const ea = (value: string) => amount(value);
const closeShort = (log: FactLog, quantity: string) =>
  log.add("line.short-closed", { lineId: "l1", quantity: ea(quantity) });

test("ten sent, received 3 + 4 + 5 with two over: the buckets of SO-100002 (D-12, D-14, CM-20)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "10" });
  // 10 in transit in the table needs parcels of a label; without one they are seen when they arrive.
  assert.equal(row(log), "10/10/0/0/0/0/0/0/0/0/0");
  receive(log, "r1", "l1", ea("3"));
  inspect(log, "i1", "r1", ea("3"));
  credit(log, "c1", "r1", "l1", ea("3"), { post: true });
  assert.equal(row(log), "10/10/0/3/0/0/3/3/0/0/3");
  receive(log, "r2", "l1", ea("4"));
  inspect(log, "i2", "r2", ea("4"));
  credit(log, "c2", "r2", "l1", ea("4"), { post: false });
  assert.equal(row(log), "10/10/0/7/0/0/7/7/0/4/3");
  log.add("credit.posted", { ...posted(log, "c2") });
  receive(log, "r3", "l1", ea("5"), { state: "OVER" });
  assert.equal(row(log), "10/10/0/12/0/2/7/7/0/0/7");
  inspect(log, "i3", "r3", ea("5"));
  credit(log, "c3", "r3", "l1", ea("3"), { post: true });
  assert.equal(row(log), "10/10/0/12/0/2/10/10/0/0/10");
});

test("a wrong item is received as itself; the ordered line still waits, then is short-closed (D-12)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4" });
  receive(log, "r1", "l1", ea("3"));
  receive(log, "r2", "l1", ea("1"), { sku: "BRG-6205", state: "MISMATCHED" });
  assert.equal(row(log), "4/4/0/3/0/0/0/0/0/0/0");
  inspect(log, "i1", "r1", ea("3"));
  credit(log, "c1", "r1", "l1", ea("3"), { post: true });
  assert.equal(row(log), "4/4/0/3/0/0/3/3/0/0/3");
  closeShort(log, "1");
  assert.equal(row(log), "4/3/0/3/1/0/3/3/0/0/3");
});

test("short-close, late goods, over-receipt approved: the third story of section 7 (D-10, D-13, D-14)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "10" });
  receive(log, "r1", "l1", ea("7"));
  inspect(log, "i1", "r1", ea("6"));
  inspect(log, "i2", "r1", ea("1"), "0", "E");
  assert.equal(row(log), "10/10/0/7/0/0/7/6/1/6/0");
  closeShort(log, "3");
  credit(log, "c1", "r1", "l1", ea("6"), { post: true });
  assert.equal(row(log), "10/7/0/7/3/0/7/6/1/0/6");
  receive(log, "r2", "l1", ea("2"), { state: "OVER" });
  assert.equal(row(log), "10/7/0/9/3/2/7/6/1/0/6");
  letIn(log, "l1", "r2", "2");
  assert.equal(row(log), "10/9/0/9/1/0/7/6/1/0/6");
});

test("buckets are exact in base units and shown in the line's unit with at most 5 decimals (D-18)", () => {
  const log = authorizedReturn({
    id: "l1",
    quantity: "2",
    unit: "CS",
    posted: { unitFactor: "12", invoicedBase: "24" },
  });
  receive(log, "r1", "l1", amount("8", "EA"));
  assert.equal(row(log), "2/2/0/0.66667/0/0/0/0/0/0/0");
  receive(log, "r2", "l1", amount("1", "CS", "12"));
  receive(log, "r3", "l1", amount("4", "EA"));
  const line = log.state.lines[0];
  assert.ok(line);
  assert.equal(lineQuantities(log.state, line).base.received, "24");
  assert.equal(row(log), "2/2/0/2/0/0/0/0/0/0/0");
});

test("a correction is the signed difference; a re-inspection replaces the inspection it corrects (D-15)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "10" });
  receive(log, "r1", "l1", ea("5"));
  inspect(log, "i1", "r1", ea("5"));
  log.add("receipt.corrected", {
    receiptId: "rcp-of-r1",
    receiptLineId: "r1",
    revision: 2,
    quantity: ea("4"),
    before: ea("5"),
    manual: false,
  });
  assert.equal(row(log), "10/10/0/4/0/0/4/4/0/4/0");
  const {
    replaces: _,
    superseded: _s,
    disputed: _d,
    keyedBy: _k,
    version: _v,
    ...data
  } = log.state.inspections[0] ?? assert.fail();
  log.add("inspection.corrected", {
    ...data,
    inspectionId: "i2",
    replaces: "i1",
    revision: 2,
    quantity: ea("4"),
    percent: "0",
    grade: "E",
  });
  assert.equal(row(log), "10/10/0/4/0/0/4/0/4/0/0");
});

test("a reversed memo is not credited any more; replacement lines are due no credit (D-13)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "2" }, { id: "l2", quantity: "1", resolution: "REPLACE" });
  receive(log, "r1", "l1", ea("2"));
  receive(log, "r2", "l2", ea("1"));
  inspect(log, "i1", "r1", ea("2"));
  inspect(log, "i2", "r2", ea("1"));
  credit(log, "c1", "r1", "l1", ea("2"), { post: true });
  log.add("credit.reversed", { creditId: "c1", reason: "Reversed in the ERP by Pat." });
  assert.equal(row(log), "2/2/0/2/0/0/2/2/0/2/0");
  assert.equal(row(log, 1), "1/1/0/1/0/0/1/1/0/0/0");
});

const posted = (log: FactLog, creditId: string) => {
  const { transactionKey, net, tax, total } =
    log.state.credits.find((one) => one.creditId === creditId) ?? assert.fail();
  return { creditId, transactionKey, documentId: "guid", number: "PSCM-2", net, tax, total, postedOn: "2026-05-06" };
};
