import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { readSources } from "#tools/walls.ts";

const root = path.resolve(import.meta.dirname, "..");
const made =
  /\b(?:counter|histogram|gauge|readGauge|leanCounter|leanHistogram)\(\s*"(\w+)",\s*"[^"]*"(?:,\s*\[([^\]]*)\])?/g;

test("docs/metrics.md lists every metric of ours with its labels, and no other", () => {
  const sources = [...readSources(root)].filter(([file]) => !file.endsWith(".test.ts"));
  const ours = sources.flatMap(([, text]) =>
    [...text.matchAll(made)].map(([, name, labels = ""]) => {
      const names = [...labels.matchAll(/"(\w+)"/g)].map(([, label]) => label);
      return `backhaul_${name}${names.length ? `{${names.join(",")}}` : ""}`;
    }),
  );
  const page = readFileSync(path.join(root, "docs/metrics.md"), "utf8");
  const told = [...page.matchAll(/^\| `(backhaul_[^`]+)`/gm)].map(([, name]) => name);
  assert.deepEqual(told.toSorted(), ours.toSorted());
});
