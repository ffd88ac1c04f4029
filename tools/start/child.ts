import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Environment } from "#shared/config.ts";
import type { Addresses } from "./run-roles.ts";

/** What a child says to the process that started it. */
export type ChildMessage = { progress: string } | { ready: Addresses } | { failed: string };

export interface ChildSettings {
  /** For people: "worker", "gateway". */
  name: string;
  script: string;
  args: readonly string[];
  env: Environment;
  progress: (text: string) => void;
  /** It ended though nobody asked it to. */
  ended: (how: string) => void;
}

export interface Child {
  pid: number;
  /** Rejects with the child's own sentence when it can't start. */
  ready: Promise<Addresses>;
  stop(): Promise<void>;
}

/** Starts a process of ours. Ctrl-C in the terminal doesn't reach it: we stop it in order. */
export function startChild({ name, script, args, env, progress, ended }: ChildSettings): Child {
  const child = fork(script, args, { env, detached: true, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  let stopping = false;
  const ready = untilReady(child, name, progress).then((addresses) => {
    child.once("exit", (code, signal) => {
      if (!stopping) ended(String(signal ?? code));
    });
    return addresses;
  });
  const stop = async () => {
    stopping = true;
    await end(child);
  };
  return { pid: child.pid ?? 0, ready, stop };
}

function untilReady(child: ChildProcess, name: string, progress: (text: string) => void): Promise<Addresses> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(new Error(`The ${name} ended with ${signal ?? code} before it was ready.`)),
    );
    child.on("message", (message: ChildMessage) => {
      if ("progress" in message) progress(message.progress);
      else if ("ready" in message) resolve(message.ready);
      else reject(new Error(message.failed));
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await gone;
  clearTimeout(late);
}
