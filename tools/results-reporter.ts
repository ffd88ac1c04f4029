import path from "node:path";
import type { TestEvent } from "node:test/reporters";
import failuresReporter from "./failures-reporter.ts";
import { keepResults, type TestResult } from "./test-results.ts";

const root = path.resolve(import.meta.dirname, "..");

/**
 * The reporter of what failed that also keeps the outcome of every test in `.data/test-results.json`, for `npm run requirements`. (One reporter, because node warns
 * of a leak where three listen.)
 */
export default async function* resultsReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  yield* failuresReporter(keeping(events));
}

async function* keeping(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  const seen: TestResult[] = [];
  for await (const event of events) {
    seen.push(...outcomes(event));
    yield event;
  }
  keepResults(path.join(root, ".data/test-results.json"), seen);
}

function outcomes(event: TestEvent): TestResult[] {
  if (event.type !== "test:pass" && event.type !== "test:fail") return [];
  const { name, file, skip, todo } = event.data;
  const wholeFile = file !== undefined && path.resolve(file) === path.resolve(root, name);
  if (file === undefined || (wholeFile && event.type === "test:pass")) return [];
  const left = (skip !== undefined && skip !== false) || (todo !== undefined && todo !== false);
  const outcome = event.type === "test:fail" ? "failed" : left ? "skipped" : "passed";
  return [{ file: path.relative(root, file), name, outcome }];
}
