import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { idsOf, proofsOf } from "./requirements.ts";
import { keepResults, readResults } from "./test-results.ts";

const page = `- **W-01 Two-phase posting.** A system may finish late.\n- **SA-01** ERP reads — 000\nProse that names W-02.\n`;

test("an id is proved by a passing test that names it, and by nothing else", () => {
  const ids = idsOf(page);
  assert.deepEqual(ids, [
    { id: "W-01", sentence: "Two-phase posting. A system may finish late." },
    { id: "SA-01", sentence: "ERP reads — 000" },
  ]);
  const [posting, reads] = proofsOf(ids, [
    { file: "a.test.ts", name: "posts once (W-01, RS-06)", outcome: "passed" },
    { file: "a.test.ts", name: "posts late (W-01)", outcome: "failed" },
    { file: "b.test.ts", name: "reads (SA-01)", outcome: "skipped" },
  ]);
  assert.deepEqual(posting?.passing, ["a.test.ts: posts once (W-01, RS-06)"]);
  assert.deepEqual(posting?.failing, ["a.test.ts: posts late (W-01)"]);
  assert.deepEqual([reads?.passing, reads?.skipped], [[], ["b.test.ts: reads (SA-01)"]]);
});

test("a run of one file keeps what was known of the others", () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "results-")), "deep", "test-results.json");
  assert.equal(readResults(file), null);
  keepResults(file, [
    { file: "a", name: "old", outcome: "passed" },
    { file: "b", name: "kept", outcome: "passed" },
  ]);
  keepResults(file, [{ file: "a", name: "new", outcome: "failed" }]);
  assert.deepEqual(
    readResults(file)?.map(({ name }) => name),
    ["kept", "new"],
  );
});
