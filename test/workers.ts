import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { startWorker } from "#orchestration/main.ts";
import type { Config, Environment } from "#shared/config.ts";
import { processEnvironment } from "#shared/config.ts";
import type { Log } from "#shared/log.ts";
import type { Sandbox } from "#sandbox/main.ts";

export type TestWorker = {
  intakeUrl: string;
  /** 0 for one in this process. */
  pid: number;
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** How a process ended by itself. */
  ended: Promise<string>;
};

type Parts = { settings: Environment; config: Config; log: Log; sandbox: Sandbox };

/** Workers of a test: in this process, or real processes that can be killed. The sandbox's webhooks go to the last one started. */
export function createWorkers({ settings, config, log, sandbox }: Parts) {
  const running = new Set<TestWorker>();

  const hookUp = (intakeUrl: string) => {
    for (const [name, server] of Object.entries(sandbox.servers))
      if ("hook" in server.controls)
        (server.controls as { hook(to: { url: string }): void }).hook({ url: `${intakeUrl}/hooks/${name}` });
  };

  const started = (worker: TestWorker): TestWorker => {
    running.add(worker);
    hookUp(worker.intakeUrl);
    return worker;
  };

  return {
    async start(where: "here" | "process", env: Environment = {}): Promise<TestWorker> {
      return started(where === "here" ? await startHere(config, log) : await startProcess({ ...settings, ...env }));
    },
    /** A process that is meant to end by itself, and how it ended. It may do so before it is ready. */
    startToEnd(env: Environment): Pick<TestWorker, "ended" | "stop"> {
      const { child, exited } = spawn({ ...settings, ...env });
      void ready(child, exited).then(hookUp, () => {});
      return { ended: exited, stop: () => end(child, exited, "SIGTERM") };
    },
    async stopAll(): Promise<void> {
      for (const worker of running) await worker.stop();
      running.clear();
    },
  };
}

async function startHere(config: Config, log: Log): Promise<TestWorker> {
  const { intakeUrl, stop } = await startWorker({ config, log });
  const refuse = () => {
    throw new Error("this worker runs in the test's own process");
  };
  return { intakeUrl, pid: 0, stop, kill: refuse, signal: refuse, ended: new Promise(() => {}) };
}

function spawn(env: Environment): { child: ChildProcess; exited: Promise<string> } {
  const script = path.resolve(import.meta.dirname, "../start.ts");
  const child = fork(script, ["worker"], {
    env: { ...processEnvironment(), METRICS_PORT: "0", ...env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  return { child, exited: once(child, "exit").then(([code, signal]) => String(signal ?? code)) };
}

async function startProcess(env: Environment): Promise<TestWorker> {
  const { child, exited } = spawn(env);
  const intakeUrl = await ready(child, exited);
  return {
    intakeUrl,
    pid: child.pid ?? 0,
    stop: () => end(child, exited, "SIGTERM"),
    kill: () => end(child, exited, "SIGKILL"),
    signal: (signal) => void child.kill(signal),
    ended: exited,
  };
}

async function end(child: ChildProcess, exited: Promise<string>, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  await exited;
}

/** The worker's intake address; a worker that dies before it is ready (a crash point in its start) has none. */
function ready(child: ChildProcess, exited: Promise<string>): Promise<string> {
  const address = new Promise<string>((resolve, reject) => {
    child.on("message", (message: { ready?: Record<string, string>; failed?: string }) => {
      if (message.failed) reject(new Error(message.failed));
      if (message.ready) resolve(message.ready["Intake"] ?? "");
    });
  });
  return Promise.race([
    address,
    exited.then((how) => {
      throw new Error(`the worker ended with ${how} before it was ready`);
    }),
  ]);
}
