import { spawn, spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import { once } from "node:events";
import path from "node:path";
import { processEnvironment, redisForTests } from "#shared/config.ts";
import { startEmbeddedPostgres } from "#shared/embedded-postgres.ts";
import { requireNode24 } from "#shared/node-version.ts";

// `npm test`: generated types, one PostgreSQL for the whole run, then node's own test runner over every *.test.ts, or over those named; and, where there is a
// redis-server, over the stories once more with Redis for the bell. `npm run crash-points` kills a worker at every crash point.

requireNode24();
let ended = false;
const root = path.resolve(import.meta.dirname, "..");
const codegen = path.join(root, "tools/codegen.ts");
if (existsSync(codegen)) {
  const { status } = spawnSync(process.execPath, [codegen], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const dataDir = path.join(root, ".data/test-postgres");
const postgres = await startEmbeddedPostgres({ dataDir, shared: true, forTests: true });
const ALL_POINTS = "crash-points";
const named = process.argv
  .slice(2)
  .flatMap((name) => (name === ALL_POINTS ? globSync("test/faults/*crash-points*.test.ts", { cwd: root }) : [name]));
const points = process.argv.includes(ALL_POINTS) ? { CRASH_POINTS: "all" } : {};
const ignored = ["node_modules", ".data", ".git"];
const files = named.length ? named : globSync("**/*.test.ts", { cwd: root, exclude: (name) => ignored.includes(name) });
const stories = named.length ? [] : files.filter((file) => path.dirname(file) === path.join("test", "stories"));
const reporter = { whole: "./tools/results-reporter.ts", redis: "./tools/failures-reporter.ts" };
const ends = ["--import", path.join(root, "tools/test-ends.ts")];
const failed = {
  whole: path.join(root, ".data/failed-tests.txt"),
  redis: path.join(root, ".data/failed-on-redis.txt"),
};
const flags = [...ends, "--test", "--test-reporter=spec", "--test-reporter-destination=stdout"];
const limits = ["--test-concurrency=2", "--test-timeout=900000"];
// Every file is a process, and so is every worker that is killed: what one has compiled the next need not.
const compiled = path.join(root, ".data/compile-cache");
const env = { NODE_COMPILE_CACHE: compiled, ...processEnvironment(), ...points, TEST_DATABASE_URL: postgres.url };

let code = await run(files.toSorted(), env, "whole");
if (stories.length > 0) {
  const onRedis = await storiesOnRedis();
  sayAgain("What failed", failed.whole);
  sayAgain("What failed of the stories on Redis", failed.redis);
  code = onRedis || code;
}
await postgres.stop().catch((error: unknown) => {
  console.log(`The tests' PostgreSQL was not stopped: ${error instanceof Error ? error.message : String(error)}`);
  code ||= 1;
});
process.exit(code);

/** node's test runner on these files, what failed into a file of its own; how it ended. A signal ends it, and us. */
async function run(names: string[], variables: NodeJS.ProcessEnv, part: "whole" | "redis"): Promise<number> {
  rmSync(failed[part], { force: true });
  const keepFailures = [`--test-reporter=${reporter[part]}`, `--test-reporter-destination=${failed[part]}`];
  const tests = spawn(process.execPath, [...flags, ...limits, ...keepFailures, ...names], {
    cwd: root,
    stdio: "inherit",
    env: variables,
  });
  const end = (signal: NodeJS.Signals) => {
    ended = true;
    tests.kill(signal);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, end);
  const [status] = (await once(tests, "exit")) as [number | null];
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, end);
  return status ?? 1;
}

async function storiesOnRedis(): Promise<number> {
  if (ended) return 1;
  const { url, server } = redisForTests();
  if (url === undefined && server === undefined) {
    console.log("The stories did not run on Redis: no redis-server on PATH.");
    return 0;
  }
  console.log("The stories once more, with Redis for the bell:");
  return run(stories.toSorted(), { ...env, TEST_BELL: "redis" }, "redis");
}

/** The run before the last ends thousands of lines above: what failed in it is said at the end once more. */
function sayAgain(title: string, failures: string): void {
  const said = existsSync(failures) ? readFileSync(failures, "utf8") : "";
  if (said !== "") console.log(`\n${title}:\n${said}`);
}
