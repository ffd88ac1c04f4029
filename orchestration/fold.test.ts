import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Fact } from "./facts-vocabulary.ts";
import { applyFact, fold, UnfoldableFact } from "./fold.ts";
import { amount, authorizedReturn, createFactLog, receive, request } from "./sample-facts.ts";

const golden = (name: string) => JSON.parse(readFileSync(new URL(`golden/${name}`, import.meta.url), "utf8"));

/** 0.1: a return from its request to its credit; 0.2: labels and the parcel of another one. */
const releases = ["facts-0.1.json", "facts-0.2.json"];

test("what each release wrote still folds to the same return (W-15)", () => {
  for (const release of releases) {
    const { facts, state } = golden(release) as { facts: Fact[]; state: unknown };
    assert.deepEqual(JSON.parse(JSON.stringify(fold(facts))), state, release);
  }
});

test("a prefix folded, then the rest, is the same as all at once, and nothing is changed in place (W-22)", () => {
  const { facts } = golden("facts-0.1.json") as { facts: Fact[] };
  const whole = fold(facts);
  for (let cut = 1; cut < facts.length; cut += 1) {
    const prefix = fold(facts.slice(0, cut));
    const before = JSON.stringify(prefix);
    assert.deepEqual(fold(facts.slice(cut), prefix), whole);
    assert.equal(JSON.stringify(prefix), before);
  }
});

test("a fact that won't fold says which return, version and kind (W-22)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "2" });
  const fact = log.facts.at(-1) ?? assert.fail();
  const later = (changes: object) => ({ ...fact, version: fact.version + 1, ...changes }) as Fact;
  const unfoldable = (about: Fact) =>
    assert.throws(() => applyFact(log.state, about), {
      name: "UnfoldableFact",
      returnId: fact.returnId,
      version: about.version,
    });
  unfoldable(fact); // the same version again
  unfoldable(later({ version: fact.version + 2 }));
  unfoldable(later({ kind: "return.teleported" }));
  unfoldable(later({ kind: "toString" }));
  unfoldable(later({ v: 2 }));
  unfoldable(later({ kind: "return.requested" }));
  unfoldable(later({ kind: "line.short-closed", data: { lineId: "l9", quantity: amount("1") } }));
  unfoldable(later({ kind: "line.short-closed", data: { lineId: "l1", quantity: { ...amount("1"), base: "one" } } }));
  unfoldable(later({ kind: "inspection.started", data: { receiptLineId: "r9", inspector: null } }));
  unfoldable(later({ kind: "credit.approved", data: { creditId: "c9" } }));
  assert.throws(() => applyFact(null, { ...fact, version: 1 }), UnfoldableFact);
});

test("requested quantities become base units once policy knows the posted line (D-18)", () => {
  const log = createFactLog();
  request(log, [{ id: "l1", quantity: "2", unit: "CS" }]);
  assert.equal(log.state.lines[0]?.requested, "2");
  const known = authorizedReturn({ id: "l1", quantity: "2", unit: "CS", posted: { unitFactor: "12" } });
  const line = known.state.lines[0];
  assert.deepEqual([line?.requested, line?.granted, line?.unitFactor], ["24", "24", "12"]);
});

test("an amendment up waits for its authorization, one down gives up at once (D-10)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4" });
  const amend = (value: string) =>
    log.add("return.amended", {
      lines: [{ lineId: "l1", quantity: amount(value), reasonCode: null }],
      resolution: null,
    });
  amend("6");
  assert.deepEqual([log.state.lines[0]?.requested, log.state.lines[0]?.pendingIncrease], ["6", "2"]);
  log.add("return.declined", {
    lines: [{ lineId: "l1", reason: "APPROVAL_DECLINED", ruleId: null }],
    policyVersion: "2026.1",
  });
  assert.deepEqual([log.state.lines[0]?.declined, log.state.lines[0]?.pendingIncrease], [null, "0"]);
  amend("3");
  assert.deepEqual([log.state.lines[0]?.requested, log.state.lines[0]?.cancelled], ["3", "1"]);
});

test("a disposition changed in part leaves the rest as it was decided", () => {
  const log = authorizedReturn({ id: "l1", quantity: "1", unit: "CS", posted: { unitFactor: "12" } });
  receive(log, "r1", "l1", amount("1", "CS", "12"));
  const decided = {
    inspectionId: "i1",
    receiptLineId: "r1",
    returnLineId: "l1",
    warehouse: "CHI1",
    ruleId: null,
    policyVersion: null,
  };
  log.add("disposition.decided", {
    ...decided,
    dispositionId: "d1",
    code: "RESTOCK",
    quantity: amount("1", "CS", "12"),
  });
  log.add("disposition.changed", {
    ...decided,
    dispositionId: "d2",
    replaces: "d1",
    code: "SCRAP",
    quantity: amount("3", "EA"),
  });
  assert.deepEqual(
    log.state.dispositions.map(({ quantity, superseded }) => [
      quantity.value,
      quantity.unit,
      quantity.base,
      superseded,
    ]),
    [
      ["0.75", "CS", "9", false],
      ["3", "EA", "3", false],
    ],
  );
});
