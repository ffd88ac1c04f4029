import assert from "node:assert/strict";
import { test } from "node:test";
import { Fraction } from "#shared/decimal.ts";
import { decideApproval } from "./approving.ts";
import { calculateCredits } from "./credit-calculation.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import { serialsOfDisposition, stockBatches } from "./goods.ts";
import { loadPolicies } from "./policies/policies.ts";
import { receiptLines } from "./quantities.ts";
import { react } from "./reactions.ts";
import { amount, authorizedReturn, credit, type FactLog, inspection, letIn, receive } from "./sample-facts.ts";
import type { Decision, Run } from "./step.ts";
import { amendErpAuthorization } from "./steps/amend-erp-authorization.ts";
import { decideOver } from "./steps/decide-over-receipt.ts";
import { extendErpAuthorization } from "./steps/extend-erp-authorization.ts";

// Who owns what came over, and how what was let in goes into the ERP (D-10, D-14, W-08, W-13).

const run = {
  policies: loadPolicies(),
  now: new Date("2026-05-06T12:00:00Z"),
  installation: "BH1",
  subject: "rcp-of-r2",
  systems: { erpOf: () => ({ mode: "return-order" }) },
} as unknown as Run;
const sam = { id: "usr_sam", kind: "PERSON" as const, roles: ["supervisor"] };
const ea = (value: string) => amount(value);

/** 4 authorized and in the ERP; 4 came, then `over` more. */
function overReceived(over: string): FactLog {
  const log = authorizedReturn({ id: "l1", quantity: "4", posted: { shippedBase: "10", invoicedBase: "10" } });
  const authorized = { transactionKey: "BH1-R267Q3KX2M-A0003", documentId: "so1", number: "SRO-1" };
  log.add("erp-authorization.created", { ...authorized, lines: [{ lineId: "l1", erpLineId: "e1" }] });
  receive(log, "r1", "l1", ea("4"));
  receive(log, "r2", "l1", ea(over), { state: "OVER" });
  return log;
}

/** Decides with so much that is returnable, and gives in short what that was. */
function decide(log: FactLog, room: string): string[] {
  const { facts, tasks = [] } = decideOver(log.state, run, () => new Fraction(room));
  log.append(facts);
  return [...facts.map(inShort), ...tasks.map(({ code, summary }) => `${code}: ${/: (.*)\.$/.exec(summary)?.[1]}`)];
}

function inShort({ kind, data }: NewFact): string {
  if (kind === "approval.requested" && "over" in data.subject)
    return `ask ${data.requiredRole} for ${data.subject.over.map(({ quantity }) => quantity.value).join("+")}`;
  if (kind === "return.authorized") return `let in ${data.lines[0]?.quantity.value} of ${data.over?.receiptLineId}`;
  return kind;
}

function answer(log: FactLog, decision: "APPROVE" | "DECLINE") {
  const { approvalId } = log.state.approvals.at(-1)!;
  const decided = decideApproval(log.state, approvalId, decision, sam, { note: null, now: run.now });
  if ("refused" in decided) return decided.refused.code;
  log.append(decided.facts, { id: sam.id, displayName: "Sam", kind: "PERSON" });
  return decision;
}

test("SO-100002: what came over while nothing is returnable is a task, and nobody is asked (D-14)", () => {
  assert.deepEqual(decide(overReceived("2"), "0"), [
    "OVER_RECEIPT: 2 EA of BRG-6204 more than authorized, which is beyond what may be returned",
  ]);
});

test("within what is returnable a supervisor is asked, once; what is beyond it is a task at once (D-14)", () => {
  const log = overReceived("3");
  assert.deepEqual(decide(log, "2"), [
    "ask supervisor for 2",
    "OVER_RECEIPT: 1 EA of BRG-6204 more than authorized, which is beyond what may be returned",
  ]);
  assert.deepEqual(decide(log, "2"), []);
});

test("approved units are let in, unless they are not returnable any more: then it is a task (W-13)", () => {
  const log = overReceived("2");
  decide(log, "2");
  answer(log, "APPROVE");
  const late = overReceived("2");
  decide(late, "2");
  answer(late, "APPROVE");
  assert.deepEqual(decide(log, "2"), ["let in 2 of r2"]);
  assert.deepEqual(decide(log, "0"), [], "an approval is used once");
  assert.deepEqual(decide(late, "0"), [
    "approval.voided",
    "OVER_RECEIPT: 2 EA of BRG-6204 more than authorized, which is beyond what may be returned",
  ]);
});

test("declined units are the warehouse's; an approval that expired is asked again (W-14)", () => {
  const log = overReceived("2");
  decide(log, "2");
  answer(log, "DECLINE");
  assert.deepEqual(decide(log, "2"), [
    "OVER_RECEIPT: 2 EA of BRG-6204 more than authorized, and a supervisor declined it",
  ]);
  const expired = overReceived("2");
  decide(expired, "2");
  expired.add("approval.expired", { approvalId: expired.state.approvals[0]!.approvalId });
  assert.deepEqual(decide(expired, "2"), ["ask supervisor for 2"]);
  assert.deepEqual(decide(expired, "2"), [], "once");
});

test("another receipt or a correction voids what was asked and asks anew; the stale one can't be decided (W-08)", () => {
  const log = overReceived("2");
  decide(log, "6");
  receive(log, "r3", "l1", ea("1"), { state: "OVER" });
  assert.equal(answer(log, "APPROVE"), "CONFLICT");
  assert.deepEqual(decide(log, "6"), ["approval.voided", "ask supervisor for 2+1"]);
  for (const [receiptLineId, before] of [
    ["r2", "2"],
    ["r3", "1"],
  ] as const)
    log.add("receipt.corrected", {
      ...{ receiptId: `rcp-of-${receiptLineId}`, receiptLineId, revision: 2, manual: false },
      ...{ quantity: ea("0"), before: ea(before) },
    });
  assert.deepEqual(decide(log, "6"), ["approval.voided"]);
});

test("who approved what was void by then may approve the same when it is asked anew: it is no other tier (D-23, W-08)", () => {
  const log = overReceived("2");
  decide(log, "6");
  assert.equal(answer(log, "APPROVE"), "APPROVE");
  receive(log, "r3", "l1", ea("1"), { state: "OVER" });
  assert.deepEqual(decide(log, "6"), ["approval.voided", "ask supervisor for 2+1"]);
  log.add("receipt.corrected", {
    ...{ receiptId: "rcp-of-r3", receiptLineId: "r3", revision: 2, manual: false },
    ...{ quantity: ea("0"), before: ea("1") },
  });
  assert.deepEqual(decide(log, "6"), ["approval.voided", "ask supervisor for 2"]);
  assert.equal(answer(log, "APPROVE"), "APPROVE");
  assert.deepEqual(decide(log, "6"), ["let in 2 of r2"]);
});

test("each receipt line that was let in has an authorization and a stock-in of its own, by the fact that granted it (D-10, W-06)", () => {
  const log = overReceived("2");
  const { version } = letIn(log, "l1", "r2", "2");
  const { key, request } = amendErpAuthorization.intent(log.state, run);
  assert.equal(key, `BH1-R267Q3KX2M-M${String(version).padStart(4, "0")}`);
  assert.deepEqual(
    request.lines.map(({ ref, quantity, unit }) => [ref, quantity, unit]),
    [["l1", "2", "EA"]],
  );
  assert.equal(log.state.authorizedVersion, 3, "the first authorization stays the fact's that decided it");
  log.add("erp-authorization.amended", {
    ...{ transactionKey: key, change: "QUANTITY", documentId: "so2", number: "SRO-2" },
    lines: [{ lineId: "l1", erpLineId: "e2" }],
  });
  assert.deepEqual(log.state.additions[0]?.authorization, { documentId: "so2", number: "SRO-2", erpLineId: "e2" });
  assert.equal(log.state.erpAuthorization?.documentId, "so1");
  assert.deepEqual(
    receiptLines(log.state).map((line) => stockBatches(log.state, line).map(({ base }) => base.valueOf())),
    [[4], [0, 2]],
  );
});

test("over units that are let in after their inspection was corrected have a disposition of their own, which comes after the one before (D-10, D-15, D-17)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "1" });
  receive(log, "r1", "l1", ea("2"), { serialNumbers: ["S1", "S2"] });
  const decided = (dispositionId: string, inspectionId: string) =>
    log.add("disposition.decided", {
      ...{ dispositionId, inspectionId, receiptLineId: "r1", returnLineId: "l1", code: "RESTOCK", quantity: ea("1") },
      ...{ warehouse: "CHI1", ruleId: "DI-A", policyVersion: "2026.1" },
    });
  const looked = { ...inspection("ins1", "r1", ea("2")), serialNumbers: ["S1", "S2"] };
  log.add("inspection.completed", looked);
  decided("dsp1", "ins1");
  log.add("inspection.corrected", { ...looked, inspectionId: "ins2", revision: 2, replaces: "ins1" });
  letIn(log, "l1", "r1", "1");
  decided("dsp2", "ins2");
  log.add("inventory.confirmed", { side: "WMS", dispositionId: "dsp1" });
  const before = log.state;
  const confirmed = log.add("inventory.confirmed", { side: "ERP", dispositionId: "dsp1" });
  const started = react(before, confirmed, log.state).filter(({ flow }) => flow === "settle-inspection");
  assert.deepEqual(started, [{ flow: "settle-inspection", subject: "ins2" }]);
  const serials = log.state.dispositions.map((one) => serialsOfDisposition(log.state, one, looked));
  assert.deepEqual(serials, [["S1"], ["S2"]]);
});

test("what a correction added while the stock-in was under way is taken in after it (D-10, D-15, W-06)", () => {
  const startedBy = (quantity: string) => {
    const log = authorizedReturn({ id: "l1", quantity: "4" });
    receive(log, "r1", "l1", ea("1"));
    const decided = String(log.state.version).padStart(4, "0");
    const corrected = { receiptId: "rcp-of-r1", receiptLineId: "r1", revision: 2, manual: false };
    log.add("receipt.corrected", { ...corrected, quantity: ea("2"), before: ea("1") });
    const before = log.state;
    const received = log.add("inventory.received", {
      ...{ postingId: "pst1", transactionKey: `BH1-R267Q3KX2M-R${decided}`, documentId: "rr1" },
      ...{ documentNumber: "PRR-1", location: "quarantine", receiptId: "rcp-of-r1" },
      lines: [{ receiptLineId: "r1", returnLineId: "l1", sku: "BRG-6204", quantity: ea(quantity), erpLineId: null }],
    });
    return react(before, received, log.state).filter(({ flow }) => flow === "take-in-receipt");
  };
  assert.deepEqual(startedBy("2"), [], "all that counts went in");
  assert.deepEqual(startedBy("1"), [{ flow: "take-in-receipt", subject: "rcp-of-r1" }]);
});

/** 4 authorized, and a return order for them; r1 came and is in the ERP as it was told then. */
function onOrder(told: string): FactLog {
  const log = authorizedReturn({ id: "l1", quantity: "4" });
  const line = { lineId: "l1", erpLineId: "e1", quantity: ea("4"), reasonCode: "WRONG_SHIPMENT" };
  const order = { transactionKey: "BH1-R267Q3KX2M-A0003", documentId: "so1", number: "SRO-1" };
  log.add("erp-authorization.created", { ...order, lines: [line] });
  receive(log, "r1", "l1", ea(told));
  return log;
}

function goesIn(log: FactLog, quantity: string): void {
  const { version } = receiptLines(log.state)[0]!;
  log.add("inventory.received", {
    ...{ postingId: "pst1", transactionKey: `BH1-R267Q3KX2M-R000${version}`, documentId: "rr1" },
    ...{ documentNumber: "PRR-1", location: "quarantine", receiptId: "rcp-of-r1" },
    lines: [{ receiptLineId: "r1", returnLineId: "l1", sku: "BRG-6204", quantity: ea(quantity), erpLineId: null }],
  });
}

const count = (log: FactLog, revision: number, before: string, quantity: string) =>
  log.add("receipt.corrected", {
    ...{ receiptId: "rcp-of-r1", receiptLineId: "r1", revision, manual: false },
    ...{ quantity: ea(quantity), before: ea(before) },
  });

/** What is still to be credited of r2: the units of each memo, and the version of its stock-in. */
const toCredit = ({ state }: FactLog) =>
  calculateCredits(state, "rcp-of-r2", {
    ...{ policyVersion: "2026.1", fromStockIn: true, creditedByOthers: () => [] },
    feeFor: () => ({ percent: "0", ruleId: "FE-01" }),
  }).map(({ lines, stockInVersion }) => [lines.map(({ quantity }) => quantity.base).join(), stockInVersion]);

function extend(log: FactLog): string[] {
  const { facts } = extendErpAuthorization.decide(log.state, undefined, run, null as never) as Decision;
  log.append(facts);
  return facts.map(inShort);
}

test("units that the return order has no room for are credited from the stock-in of their own order, never from one that does not come (D-02, D-10, D-15)", () => {
  const log = onOrder("3");
  goesIn(log, "3");
  count(log, 2, "3", "1");
  receive(log, "r2", "l1", ea("3"));
  const received = log.state.version;
  log.add("inspection.completed", inspection("ins2", "r2", ea("3")));
  assert.deepEqual(
    toCredit(log),
    [["1", received]],
    "3 of 4 went in, whatever was counted since: there is room for one",
  );
  assert.deepEqual(extend(log), ["erp-authorization.exceeded"]);
  assert.deepEqual(toCredit(log), [
    ["1", received],
    ["2", log.state.version],
  ]);
});

test("a credit that waits for a stock-in whose units get another order meanwhile is given up, and calculated anew (D-10, D-15, W-08)", () => {
  const log = onOrder("2");
  receive(log, "r2", "l1", ea("2"));
  const received = log.state.version;
  log.add("inspection.completed", inspection("ins2", "r2", ea("2")));
  assert.deepEqual(toCredit(log), [["2", received]]);
  credit(log, "crd2", "r2", "l1", ea("2"), { post: false });
  Object.assign(log.state.credits[0]!, { stockInVersion: received });
  log.add("credit.approved", { creditId: "crd2" });
  count(log, 2, "2", "4");
  goesIn(log, "4");
  count(log, 3, "4", "2");
  assert.deepEqual(extend(log), ["erp-authorization.exceeded", "credit.reversed"]);
  assert.deepEqual(toCredit(log), [["2", log.state.version - 1]]);
});
