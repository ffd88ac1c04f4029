import path from "node:path";
import { after } from "node:test";

// Loaded into the process of every test file. node's runner waits for that process for ever: a server that a failed test left open would hold up the whole run,
// and its time limit is for tests, not for files. So a file ends, and says what kept it.

const MAY_LINGER_MS = 60_000;
const MAY_TAKE_MS = 20 * 60_000;

after(() => void endIn(MAY_LINGER_MS, "its tests are done, but something is still open"));
endIn(MAY_TAKE_MS, `it took longer than ${MAY_TAKE_MS / 60_000} minutes`);

function endIn(milliseconds: number, reason: string): void {
  const end = () => {
    const file = path.relative(process.cwd(), process.argv[1] ?? "");
    console.error(`${file} is ended: ${reason} (${process.getActiveResourcesInfo().join(", ")}).`);
    process.exit(1);
  };
  setTimeout(end, milliseconds).unref();
}
