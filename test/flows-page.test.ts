import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { flows } from "#orchestration/flows/index.ts";

const page = readFileSync(path.resolve(import.meta.dirname, "../docs/flows.md"), "utf8");
/** The words in front of ` (…)` and stars of a cell's list. */
const listed = (cell: string) => cell.split(" · ").map((step) => /[a-z-]+/.exec(step)?.[0]);

for (const { name, lane, steps, ignoresCancel } of flows)
  test(`docs/flows.md says of ${name} what it is: its lane, its steps in order, whether it goes on for goods that came`, () => {
    const row = page.split("\n").find((line) => new RegExp(`^\\| ${name}( †)? \\|`).test(line));
    const [, title = "", told, , cell = ""] = (row ?? "").split("|").map((each) => each.trim());
    assert.equal(told, lane);
    assert.equal(title.endsWith("†"), ignoresCancel);
    assert.deepEqual(
      listed(cell),
      steps.map((step) => step.name),
    );
  });

test("docs/flows.md has a row for each step's guard", () => {
  for (const step of new Set(flows.flatMap((flow) => flow.steps.map(({ name }) => name))))
    assert.match(page, new RegExp(`^\\|[^|]*\\b${step}\\b[^|]*\\|`, "m"), step);
});
