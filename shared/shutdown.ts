import type { Log } from "./log.ts";

export type Release = () => unknown;
export interface Shutdown {
  /** Puts a releaser on the stack; the one put on last runs first. */
  add(name: string, release: Release, options?: { deadlineMs?: number }): void;
  /** Runs the stack once, however often it is called; gives the names of those that failed or took too long. */
  run(reason: string): Promise<string[]>;
}

/** What was started, to be stopped in reverse: each releaser has its deadline, and one that fails doesn't keep the rest. */
export function createShutdown(log: Log): Shutdown {
  const stack: { name: string; release: Release; deadlineMs: number }[] = [];
  let running: Promise<string[]> | undefined;
  const releaseAll = async (): Promise<string[]> => {
    const failed: string[] = [];
    for (let top = stack.pop(); top; top = stack.pop()) {
      try {
        await within(top.deadlineMs, top.release);
        log.debug({ part: top.name }, "stopped");
      } catch (err) {
        log.error({ part: top.name, err }, "did not stop cleanly");
        failed.push(top.name);
      }
    }
    return failed;
  };
  return {
    add: (name, release, { deadlineMs = 10_000 } = {}) => {
      stack.push({ name, release, deadlineMs });
    },
    run: (reason) => {
      if (!running) log.info({ reason }, "stopping");
      return (running ??= releaseAll());
    },
  };
}

/** On SIGINT and SIGTERM, and when the process that forked us is gone, runs the stack and exits; a second signal, after a second, exits at once (on Ctrl-C npm passes on what the terminal has sent already). */
export function stopOnSignals(shutdown: Shutdown): void {
  let since: number | undefined;
  const stop = (reason: string) => {
    if (since !== undefined && reason !== "parent gone" && performance.now() - since > 1_000) process.exit(1);
    if (since !== undefined) return;
    since = performance.now();
    void shutdown.run(reason).then((failed) => process.exit(failed.length ? 1 : 0));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop(signal));
  if (process.send) process.on("disconnect", () => stop("parent gone"));
}

async function within(deadlineMs: number, release: Release): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    await Promise.race([Promise.resolve().then(release), late]);
  } finally {
    clearTimeout(timer);
  }
}
