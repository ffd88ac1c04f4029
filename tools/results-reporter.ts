import path from "node:path";
import type { TestEvent } from "node:test/reporters";
import { keepResults, type TestResult } from "./test-results.ts";

const root = path.resolve(import.meta.dirname, "..");

/** A reporter of node's test runner that keeps the outcome of every test in `.data/test-results.json`, for `npm run requirements`. */
export default async function* resultsReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const seen: TestResult[] = [];
  for await (const event of events) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, file, skip, todo } = event.data;
    const wholeFile = file !== undefined && path.resolve(file) === path.resolve(root, name);
    if (file === undefined || (wholeFile && event.type === "test:pass")) continue;
    const left = (skip !== undefined && skip !== false) || (todo !== undefined && todo !== false);
    seen.push({
      file: path.relative(root, file),
      name,
      outcome: event.type === "test:fail" ? "failed" : left ? "skipped" : "passed",
    });
  }
  keepResults(path.join(root, ".data/test-results.json"), seen);
  yield "";
}
