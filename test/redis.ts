import { spawn } from "node:child_process";
import { once } from "node:events";
import { redisForTests } from "#shared/config.ts";
import { freePort } from "#shared/free-port.ts";

const { url: given, server } = redisForTests();

/** For `test(name, { skip: withoutRedis }, …)`: false, or why the Redis half can't run here. */
export const withoutRedis: string | false =
  given === undefined && server === undefined ? "no redis-server on PATH and REDIS_URL is not set" : false;

/** The Redis of REDIS_URL, or a fresh one of this test's own that keeps nothing. `pid` is undefined for the given one. */
export async function startTestRedis(): Promise<{ url: string; pid: number | undefined; stop(): Promise<void> }> {
  if (given !== undefined) return { url: given, pid: undefined, stop: async () => undefined };
  if (server === undefined) throw new Error(String(withoutRedis));
  const port = await freePort();
  const child = spawn(server, ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of child.stdout) if (String(line).includes("Ready to accept connections")) break;
  child.stdout.resume();
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid, stop };
}
