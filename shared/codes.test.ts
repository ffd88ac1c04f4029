import assert from "node:assert/strict";
import { test } from "node:test";
import { codeSets, codeWithLabel, isCode, reasonOf, reasons } from "./codes.ts";

test("thirteen reasons name who is at fault, who pays freight and their X12 code (D-36, CM-05)", () => {
  assert.equal(Object.keys(reasons).length, 13);
  assert.deepEqual(reasonOf("DAMAGED_IN_TRANSIT"), {
    label: "Damaged on the way",
    fault: "CARRIER",
    freight: "US",
    claim: "CARRIER",
    x12: "DT",
  });
  assert.throws(() => reasonOf("toString"), RangeError);
});

test("each code of each set has a label (CM-06, CM-12)", () => {
  for (const [set, codes] of Object.entries(codeSets))
    for (const [code, { label }] of Object.entries(codes)) {
      assert.match(code, /^[A-Z][A-Z_]*$/, set);
      assert.ok(label.length > 2, code);
    }
  assert.ok(isCode("conditions", "LEAKING"));
  assert.ok(!isCode("conditions", "constructor"));
  assert.deepEqual(codeWithLabel("grades", "A"), { code: "A", label: "As new, sealed" });
  assert.deepEqual(codeWithLabel("grades", "toString"), { code: "toString", label: "toString" });
});
