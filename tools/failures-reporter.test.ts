import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import type { TestEvent } from "node:test/reporters";
import failuresReporter from "./failures-reporter.ts";

const root = path.resolve(import.meta.dirname, "..");
const file = path.join(root, "test/a.test.ts");
const failed = (name: string, error: Error) => ({ type: "test:fail", data: { name, file, details: { error } } });

test("what failed is said with its file, its sentence and its error, and what passed is not", async () => {
  const said = await report([
    { type: "test:pass", data: { name: "a memo is posted once", file } },
    failed("a receipt is one receipt", wrapped("testCodeFailure", new Error("2 receipts"))),
    failed("the story", wrapped("subtestsFailed", new Error("1 subtest failed"))),
  ]);
  assert.match(said, /^✖ test\/a\.test\.ts: a receipt is one receipt\nError: 2 receipts\n/);
  assert.doesNotMatch(said, /posted once|the story/);
});

test("a file that fails as a whole brings the last lines that it wrote to stderr", async () => {
  const lines = Array.from({ length: 100 }, (_, at) => `line ${at}\n`);
  const said = await report([
    ...lines.map((message) => ({ type: "test:stderr", data: { file, message } })),
    failed("test/a.test.ts", wrapped("testCodeFailure", "test failed")),
  ]);
  assert.match(said, /^✖ test\/a\.test\.ts: test\/a\.test\.ts\n/);
  assert.match(said, /line 71\n(.*\n)*line 99\n/);
  assert.doesNotMatch(said, /line 60\n/);
});

async function report(events: unknown[]): Promise<string> {
  async function* each(): AsyncGenerator<TestEvent> {
    for (const event of events) yield event as TestEvent;
  }
  let said = "";
  for await (const part of failuresReporter(each())) said += part;
  return said;
}

/** As node's runner hands an error on: what the test threw is the cause. */
function wrapped(failureType: string, cause: unknown): Error {
  return Object.assign(new Error("of the runner", { cause }), { failureType });
}
