import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { processEnvironment } from "#shared/config.ts";
import { operation, PAGES, variablesOf } from "./house.ts";
import type { Asking } from "./load.ts";
import type { Order, Usage } from "./serve.ts";
import type { Setting, Target } from "./targets/target.ts";

/** A gateway that runs in a process of its own, and how it is asked. */
export type Contender = {
  readonly name: string;
  readonly asking: Asking;
  readonly ask: (order: Order) => Promise<Usage>;
  readonly end: () => Promise<void>;
};

const START_MS = 60_000;
const END_MS = 5_000;
const serve = path.join(import.meta.dirname, "serve.ts");

/** Starts one target, on these cores where `pin` says so; throws with what it wrote when it doesn't come up. */
export async function startContender(name: string, setting: Setting, pin: readonly string[]): Promise<Contender> {
  const [program, ...words] = [...pin, process.execPath, serve, name, JSON.stringify(setting)];
  const output = openSync(path.join(setting.folder, "output"), "w");
  const child = spawn(program!, words, {
    stdio: ["ignore", output, output, "ipc"],
    env: { ...processEnvironment(), NODE_ENV: "production" },
  });
  closeSync(output);
  try {
    const asked = await answerOf<Omit<Target, "stop">>(child, START_MS);
    const ask = (order: Order) => {
      child.send(order);
      return answerOf<Usage>(child, START_MS);
    };
    return { name, asking: askingOf(asked), ask, end: () => end(child) };
  } catch (error) {
    await end(child);
    const said = readFileSync(path.join(setting.folder, "output"), "utf8").trim().slice(-1_000);
    throw new Error(`${name} did not start. It wrote: ${said || "nothing"}`, { cause: error });
  }
}

/** How each page is asked of a target. */
export function askingOf({ port, path: address, byDocument, headers }: Omit<Target, "stop">): Asking {
  const pages = Array.from({ length: PAGES }, (_, page) => variablesOf(page));
  const bodyOf = (variables: object) => JSON.stringify(byDocument ? { variables } : { query: operation, variables });
  return { port, headers, requests: pages.map((variables) => ({ path: address, body: bodyOf(variables) })) };
}

async function answerOf<Answer>(child: ChildProcess, deadlineMs: number): Promise<Answer> {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(deadlineMs)]);
  const onExit = () => ended.abort(new Error("the process has ended"));
  child.once("exit", onExit);
  try {
    const [message] = (await once(child, "message", { signal })) as [Answer];
    return message;
  } finally {
    child.off("exit", onExit);
  }
}

/** Ends by itself when its channel closes; by its pid when it doesn't. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
  if (child.connected) child.disconnect();
  await gone;
  clearTimeout(timer);
}
