import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { loadPolicyTables, PolicyMistakes } from "./policy-tables.ts";

const ours = fileURLToPath(new URL("tables/", import.meta.url));

/** The house's tables with some files changed (null: taken away). */
function folderWith(t: TestContext, changes: Record<string, string | null>): string {
  const folder = mkdtempSync(join(tmpdir(), "policies-"));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(ours, folder, { recursive: true });
  for (const [name, text] of Object.entries(changes)) {
    if (text === null) rmSync(join(folder, name));
    else writeFileSync(join(folder, name), text);
  }
  return folder;
}
function mistakesOf(t: TestContext, changes: Record<string, string | null>): readonly string[] {
  try {
    loadPolicyTables(folderWith(t, changes));
  } catch (error) {
    assert.ok(error instanceof PolicyMistakes, String(error));
    return error.mistakes;
  }
  return [];
}
const head = (decision: string) => `decision: ${decision}\nversion: "2026.1"\ntake: first\n`;
const freight = (rows: string) =>
  `${head("freight")}if:\n  fault: fault\n  grade: grade\nthen:\n  payer: payer\nrows:\n${rows}`;

test("the house's tables are sound, and a changed file is a new version (PA-13, PA-14)", (t) => {
  const { version } = loadPolicyTables();
  assert.match(version, /^2026\.1\+[0-9a-f]{8}$/);
  assert.equal(loadPolicyTables().version, version);
  const text = readFileSync(join(ours, "fees.yml"), "utf8");
  assert.notEqual(
    loadPolicyTables(folderWith(t, { "fees.yml": text.replaceAll("fee: 15", "fee: 20") })).version,
    version,
  );
});

test("overlapping rules that contradict each other are refused, with file and row (bad input: a policy table with overlapping rules)", (t) => {
  const rows = `  - { rule: FR-01, if: { fault: CUSTOMER }, then: { payer: CUSTOMER } }\n  - { rule: FR-02, if: { grade: A }, then: { payer: US } }\n  - { rule: FR-99, then: { payer: US } }\n`;
  const mistakes = mistakesOf(t, { "freight.yml": freight(rows) });
  assert.equal(mistakes.length, 1);
  assert.match(
    mistakes[0] ?? "",
    /^freight\.yml: row 2 \(FR-02\), line 11: overlaps row 1 \(FR-01\), line 10 and says otherwise, for instance for fault CUSTOMER, grade A/,
  );
  assert.deepEqual(
    mistakesOf(t, {
      "freight.yml": freight(rows.replace("then: { payer: CUSTOMER }", "before: [FR-02], then: { payer: CUSTOMER }")),
    }),
    [],
  );
});

test("rules that say the same may overlap, and a special case stands before its general rule", (t) => {
  const rows = `  - { rule: FR-01, if: { fault: CUSTOMER, grade: A }, then: { payer: CUSTOMER } }\n  - { rule: FR-02, if: { fault: [CUSTOMER, US] }, then: { payer: US } }\n  - { rule: FR-03, if: { grade: B }, then: { payer: US } }\n  - { rule: FR-99, then: { payer: US } }\n`;
  assert.deepEqual(mistakesOf(t, { "freight.yml": freight(rows) }), []);
});

test("a rule that is never reached and a missing default are refused", (t) => {
  const unreachable = `  - { rule: FR-01, if: { fault: CUSTOMER }, then: { payer: CUSTOMER } }\n  - { rule: FR-02, if: { fault: not CUSTOMER }, then: { payer: US } }\n  - { rule: FR-03, if: { grade: A }, then: { payer: US } }\n`;
  assert.match(
    mistakesOf(t, { "freight.yml": freight(unreachable) }).join(),
    /row 3 \(FR-03\), line 12: is never reached/,
  );
  const gap = `  - { rule: FR-01, if: { fault: CUSTOMER }, then: { payer: CUSTOMER } }\n`;
  assert.match(
    mistakesOf(t, { "freight.yml": freight(gap) }).join(),
    /no row fits fault US, grade A: a default is missing/,
  );
  const noElse = readFileSync(join(ours, "eligibility.yml"), "utf8").replace(/  - rule: EL-99[\s\S]*$/, "");
  assert.match(mistakesOf(t, { "eligibility.yml": noElse }).join(), /eligibility\.yml: there is no row without `if`/);
});

test("all mistakes of all files come at once: columns, codes, cells, results, files", (t) => {
  const broken = freight(
    `  - { rule: FR-01, if: { fault: MARTIAN, colour: red }, then: { payer: NOBODY, extra: 1 } }\n  - { rule: nonsense, then: { payer: US } }\n  - { rule: FR-99, then: {} }\n`,
  );
  const fees = readFileSync(join(ours, "fees.yml"), "utf8")
    .replace("fee: 15", "fee: 150")
    .replace("before: rest", "before: [FE-77]");
  const mistakes = mistakesOf(t, {
    "freight.yml": broken,
    "fees.yml": fees,
    "memos.yml": null,
    "cases.yml": "decision: [",
    "more.yml": `${head("colours")}if: {}\nthen: { payer: payer }\nrows:\n  - { rule: CO-99, then: { payer: US } }\n`,
  });
  const all = mistakes.join("\n");
  for (const expected of [
    /freight\.yml: row 1 \(FR-01\), line 10: if\.fault: there is no code MARTIAN/,
    /freight\.yml: row 1 .*if\.colour: the table knows no such column/,
    /freight\.yml: row 1 .*then\.payer: there is no code NOBODY/,
    /freight\.yml: row 1 .*then\.extra: the table gives no such column/,
    /freight\.yml: row 2, line 11: rule: must look like EL-01/,
    /freight\.yml: row 3 \(FR-99\), line 12: then\.payer: it is missing/,
    /fees\.yml: row 3 \(FE-03\), line \d+: then\.fee: "150" is no percentage/,
    /cases\.yml: /,
    /no file decides memos/,
    /nobody asks for the decision colours/,
  ])
    assert.match(all, expected);
  assert.doesNotMatch(all, /undefined/);
});

test("ranges, comparisons and unknown values are read strictly", (t) => {
  const table = (cell: string) =>
    `${head("freight")}if:\n  amount: number?\nthen:\n  payer: payer\nrows:\n  - { rule: FR-01, if: { amount: ${cell} }, then: { payer: CUSTOMER } }\n  - { rule: FR-99, then: { payer: US } }\n`;
  for (const good of ['">= 10.00"', '"1..5"', "7", "unknown"])
    assert.deepEqual(mistakesOf(t, { "freight.yml": table(good) }), [], good);
  for (const bad of ['">= ten"', '"5 to 7"', '"=> 5"', "yes"])
    assert.equal(mistakesOf(t, { "freight.yml": table(bad) }).length, 1, bad);
});
