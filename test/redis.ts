import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { redisForTests } from "#shared/config.ts";
import { freePort } from "#shared/free-port.ts";

const { url: given, server } = redisForTests();

/** For `test(name, { skip: withoutRedis }, …)`: false, or why the Redis half can't run here. */
export const withoutRedis: string | false =
  given === undefined && server === undefined ? "no redis-server on PATH and REDIS_URL is not set" : false;

/** The same for tests that kill Redis or empty it at will: a given one is not ours to stop. */
export const withoutOwnRedis: string | false =
  given !== undefined ? "REDIS_URL names a Redis that isn't this test's own" : withoutRedis;

export type TestRedis = {
  url: string;
  /** undefined for the given one. */
  pid: number | undefined;
  /** Killed, and started anew at the same address with nothing in it. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** The Redis of REDIS_URL, or a fresh one of this test's own that keeps nothing. */
export async function startTestRedis(): Promise<TestRedis> {
  const refuse = () => Promise.reject(new Error("the given Redis is not restarted"));
  if (given !== undefined) return { url: given, pid: undefined, restart: refuse, stop: async () => undefined };
  const { port, child: first } = await startSomewhere();
  let child = first;
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  const restart = async () => {
    await stop();
    const again = await startServer(port);
    if (!again) throw new Error(`redis-server did not come back on port ${port}`);
    child = again;
  };
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid, restart, stop };
}

const TRIES = 5;

/** On a free port; one that somebody took between its choice and its use is given up for another. */
async function startSomewhere(): Promise<{ port: number; child: ChildProcess }> {
  for (let tried = 1; tried <= TRIES; tried += 1) {
    const port = await freePort();
    const child = await startServer(port);
    if (child) return { port, child };
  }
  throw new Error(`redis-server did not start on any of ${TRIES} ports`);
}

/** Null when the server ended before it was ready. */
async function startServer(port: number): Promise<ChildProcess | null> {
  if (server === undefined) throw new Error(String(withoutRedis));
  const child = spawn(server, ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let isReady = false;
  for await (const line of child.stdout.iterator({ destroyOnReturn: false })) {
    isReady = String(line).includes("Ready to accept connections");
    if (isReady) break;
  }
  child.stdout.resume();
  return isReady ? child : null;
}
