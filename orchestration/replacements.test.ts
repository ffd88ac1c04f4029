import assert from "node:assert/strict";
import { test } from "node:test";
import { calculateCredits, type CreditRules } from "./credit-calculation.ts";
import type { Fact, ReplacementLine } from "./facts-vocabulary.ts";
import { broughtByMemo } from "./hand-moves.ts";
import { lineStatuses } from "./line-statuses.ts";
import { nextStep } from "./next-step.ts";
import { openForReplacement, promisedToCredit } from "./open-for-replacement.ts";
import { loadPolicies } from "./policies/policies.ts";
import { bucketsOf } from "./quantities.ts";
import { react } from "./reactions.ts";
import { dueOf, requestReplacement } from "./replacements.ts";
import { amount, authorizedReturn, credit, type FactLog, inspect, inspection, receive } from "./sample-facts.ts";
import { lineRanks, statusOf } from "./status.ts";

const policies = loadPolicies();
const rules: CreditRules = {
  policyVersion: "2026.1",
  creditedByOthers: () => [],
  feeFor: () => ({ percent: "0", ruleId: "FE-99" }),
};
const of = (value: string, lineId = "l1"): ReplacementLine => ({ lineId, sku: "BRG-6204", quantity: amount(value) });
function replace(log: FactLog, ...lines: ReplacementLine[]): string {
  const wanted = { lines, reason: "They need them.", exchangeRate: null };
  log.append(requestReplacement(log.state, wanted, { policies, now: new Date("2026-05-05T10:00:00Z") }));
  return log.state.replacements.at(-1)!.replacementId;
}
const order = (log: FactLog, replacementId: string, ...lines: ReplacementLine[]) =>
  log.add("replacement.ordered", {
    ...{ replacementId, documentId: "guid", orderNumber: "SO-R000001", lines },
    transactionKey: `BH1-R267Q3KX2M-V${String(log.state.replacements.at(-1)!.version).padStart(4, "0")}`,
  });
const ship = (log: FactLog, replacementId: string) =>
  log.add("replacement.shipped", { replacementId, orderNumber: "SO-R000001", shipments: ["PSS-1"], shippedOn: null });
const accept = (log: FactLog, id: string, value: string, percent = "100", grade = "A") => {
  receive(log, `r${id}`, "l1", amount(value));
  inspect(log, `i${id}`, `r${id}`, amount(value), percent, grade);
};
const due = (log: FactLog, which = 0) => {
  const found = dueOf(log.state, log.state.replacements[which]!, policies);
  return found.is === "DUE" ? found.lines.map(({ quantity }) => quantity.value) : found.is;
};
const credits = (log: FactLog, receipt: string) =>
  calculateCredits(log.state, `rcp-of-${receipt}`, rules).flatMap(({ lines }) =>
    lines.map(({ quantity }) => quantity.base),
  );
const line = (log: FactLog) => log.state.lines[0]!;

test("what was accepted first is replaced, the rest is credited, whatever came in which receipt (D-14, D-16, D-20)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4", posted: { lineNet: "100.00" } });
  const id = replace(log, of("3"));
  assert.deepEqual([due(log), openForReplacement(log.state, line(log)).toFraction()], ["WAITS", "1"]);
  accept(log, "1", "2");
  assert.deepEqual([due(log), credits(log, "r1")], ["WAITS", []]);
  accept(log, "2", "2");
  assert.deepEqual([due(log), credits(log, "r1"), credits(log, "r2")], [["3"], [], ["1"]]);
  assert.equal(bucketsOf(log.state, line(log)).pendingCredit.toFraction(), "1");
  order(log, id, of("3"));
  credit(log, "c1", "r2", "l1", amount("1"), { post: true });
  assert.deepEqual([credits(log, "r1"), credits(log, "r2")], [[], []]);
  assert.deepEqual(lineRanks(log.state, line(log)).ranks.toSorted(), [10, 10, 11]);
  assert.deepEqual(nextStep(log.state), {
    code: "SHIP_REPLACEMENT",
    message: "The replacement waits to be shipped on order SO-R000001.",
  });
  ship(log, id);
  assert.deepEqual([statusOf(log.state), lineStatuses(log.state, line(log)).settlementStatus], ["SETTLED", "CREDITED"]);
});

test("less goes out when no more is to come, and nothing for what was rejected (D-13)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4", posted: { lineNet: "100.00" } });
  const id = replace(log, of("4"));
  accept(log, "1", "1");
  accept(log, "2", "1", "0", "X");
  assert.equal(due(log), "WAITS");
  log.add("line.short-closed", { lineId: "l1", quantity: amount("2") });
  assert.deepEqual([due(log), credits(log, "r1")], [["1"], []]);
  order(log, id, of("1"));
  ship(log, id);
  assert.equal(lineStatuses(log.state, line(log)).settlementStatus, "REPLACED");
});

test("a replacement that is given up is credited; a line to be replaced is kept from crediting until then (D-13)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "2", resolution: "REPLACE", posted: { lineNet: "100.00" } });
  accept(log, "1", "2");
  assert.deepEqual([credits(log, "r1"), lineStatuses(log.state, line(log)).settlementStatus], [[], "DUE"]);
  const id = replace(log, of("2"));
  assert.deepEqual([due(log), credits(log, "r1")], [["2"], []]);
  log.add("replacement.cancelled", { replacementId: id, reason: "Nobody could send it." });
  assert.deepEqual([credits(log, "r1"), openForReplacement(log.state, line(log)).toFraction()], [["2"], "2"]);
});

test("nothing was accepted and nothing will be: there is nothing to send (D-16)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "1", posted: { lineNet: "100.00" } });
  replace(log, of("1"));
  accept(log, "1", "1", "0", "X");
  assert.equal(due(log), "NOTHING");
});

test("of two requests the earlier one has the goods first; a declined credit's goods are replaced before others (D-14)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4", posted: { lineNet: "100.00" } });
  replace(log, of("2"));
  replace(log, of("1"));
  accept(log, "1", "2");
  assert.deepEqual([due(log, 0), due(log, 1)], [["2"], "WAITS"]);
  const declined = authorizedReturn({ id: "l1", quantity: "4", posted: { lineNet: "100.00" } });
  accept(declined, "1", "2");
  credit(declined, "c1", "r1", "l1", amount("2"), { post: false });
  declined.add("credit.declined", { creditId: "c1" });
  replace(declined, of("2"));
  accept(declined, "2", "2");
  assert.deepEqual([credits(declined, "r1"), credits(declined, "r2")], [[], ["2"]]);
});

test("where memos bring goods in, units of a disposition that no replacement was asked for are promised to the credit (D-02)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4", posted: { lineNet: "100.00" } });
  accept(log, "1", "3");
  assert.equal(promisedToCredit(log.state, line(log)).toFraction(), "3");
  credit(log, "c1", "r1", "l1", amount("1"), { post: true });
  assert.equal(promisedToCredit(log.state, line(log)).toFraction(), "2");
});

test("where memos bring goods in, what was to be credited and goes out again after all is a person's to book, once no credit of it is left (D-02, D-16)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "3", posted: { lineNet: "100.00" } });
  const brought = (id: string) =>
    broughtByMemo(
      log.state,
      log.state.inspections.find(({ inspectionId }) => inspectionId === id)!,
      policies,
    );
  const settledBy = (tell: () => Fact) => {
    const before = log.state;
    const started = react(before, tell(), log.state).filter(({ flow }) => flow === "settle-inspection");
    return [...new Set(started.map(({ subject }) => subject))];
  };
  accept(log, "1", "1");
  const id = replace(log, of("1"));
  accept(log, "2", "1");
  accept(log, "3", "1");
  assert.deepEqual(["i1", "i2", "i3"].map(brought), ["COMES", "COMES", "COMES"], "it is not ordered yet");
  const ordered = settledBy(() => order(log, id, of("1")));
  assert.deepEqual(ordered, ["i1", "i2", "i3"]);
  assert.deepEqual([credits(log, "r1"), credits(log, "r2"), credits(log, "r3")], [[], ["1"], ["1"]]);
  assert.deepEqual(["i1", "i2", "i3"].map(brought), ["NEVER", "COMES", "COMES"]);
  credit(log, "c2", "r2", "l1", amount("1"), { post: false });
  const rejected = { ...inspection("i1b", "r1", amount("1"), "0", "X"), replaces: "i1", revision: 2 };
  const corrected = settledBy(() => log.add("inspection.corrected", rejected));
  assert.deepEqual(corrected, ["i1b", "i2", "i3"], "it went out for other goods of the line");
  assert.deepEqual(["i1b", "i2", "i3"].map(brought), ["NEVER", "COMES", "NEVER"], "a credit of i2 is under way");
  const reversed = { creditId: "c2", reason: "The goods were corrected." };
  const givenUp = settledBy(() => log.add("credit.reversed", reversed));
  assert.deepEqual([givenUp, brought("i2")], [["i2"], "NEVER"]);
});

test("goods of 1,000.00 and more ask a supervisor, and so does another item, whose worth is not known (D-22)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4" });
  replace(log, of("3"));
  replace(log, { ...of("1"), sku: "BRG-6205" });
  assert.deepEqual(
    log.state.replacements.map(({ net, approvals }) => [net, approvals.map(({ ruleId }) => ruleId)]),
    [
      ["868.50", []],
      ["289.50", ["AP-11"]],
    ],
  );
  assert.deepEqual(
    log.state.approvals.map(({ kind, status }) => [kind, status]),
    [["REPLACEMENT", "PENDING"]],
  );
});
