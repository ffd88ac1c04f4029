import path from "node:path";
import { inspect } from "node:util";
import type { TestEvent } from "node:test/reporters";

const root = path.resolve(import.meta.dirname, "..");
const PARENT_OF_FAILED = "subtestsFailed";
const LAST_LINES = 30;

/**
 * A reporter of node's test runner that says of each failed test its file, its sentence and its error, and nothing of the others. `npm test` prints that last:
 * a CI that keeps the end of a long output keeps what failed. A file that fails as a whole (it crashed, it was ended) brings the last lines it wrote to stderr.
 */
export default async function* failuresReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const lastWords = new Map<string, string>();
  for await (const event of events) {
    if (event.type === "test:stderr") {
      const { file, message } = event.data;
      lastWords.set(file, lastLines((lastWords.get(file) ?? "") + message));
    }
    if (event.type !== "test:fail") continue;
    const { name, file, details } = event.data;
    const { error } = details;
    if ("failureType" in error && error.failureType === PARENT_OF_FAILED) continue;
    const wholeFile = file !== undefined && path.resolve(file) === path.resolve(root, name);
    const said = wholeFile ? (lastWords.get(file) ?? "") : "";
    yield `✖ ${file === undefined ? "" : path.relative(root, file)}: ${name}\n${inspect(error.cause ?? error)}\n${said}\n`;
  }
}

function lastLines(text: string): string {
  return text
    .split("\n")
    .slice(-LAST_LINES - 1)
    .join("\n");
}
