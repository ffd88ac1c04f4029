import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { processEnvironment, subgraphNames, urlVariable } from "#shared/config.ts";
import { freeRun } from "#shared/free-port.ts";
import { createClients } from "./clients.ts";
import { beforeDrop } from "./database.ts";
import type { Everything } from "./start-everything.ts";

export type KilledGateway = {
  as: ReturnType<typeof createClients>["as"];
  /** Resolves when the gateway is up, at once where it is. */
  ready(): Promise<void>;
  /** SIGKILL, and another on the same port; resolves when that one is up. */
  killAndStart(): Promise<void>;
};

/** A gateway in a process of its own beside the system's, on a port that it keeps, for tests that kill it. */
export async function startKilledGateway(system: Everything): Promise<KilledGateway> {
  const port = await freeRun(1);
  const { issuer } = system.gateway;
  const urls = subgraphNames.map((name) => [urlVariable(name), system.subgraphs.urls[name]]);
  const env = {
    ...processEnvironment(),
    ...system.settings,
    ...Object.fromEntries(urls),
    PORT: String(port),
    METRICS_PORT: "0",
    OIDC_ISSUER: issuer!.url,
  };
  let child = await startGatewayProcess(env);
  let up = Promise.resolve();
  const clients = createClients({ url: `http://127.0.0.1:${port}`, issuer });
  beforeDrop(async () => {
    await clients.stop();
    await killed(child);
  });
  return {
    as: clients.as,
    ready: () => up,
    killAndStart: () =>
      (up = (async () => {
        await killed(child);
        child = await startGatewayProcess(env);
      })()),
  };
}

async function startGatewayProcess(env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const script = path.resolve(import.meta.dirname, "../start.ts");
  const child = fork(script, ["gateway"], { env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const exited = once(child, "exit");
  const ready = new Promise<void>((resolve, reject) => {
    child.on("message", (message: { ready?: object; failed?: string }) => {
      if (message.failed) reject(new Error(message.failed));
      if (message.ready) resolve();
    });
  });
  const early = exited.then(([code, signal]) => {
    throw new Error(`the gateway ended with ${String(signal ?? code)} before it was ready`);
  });
  early.catch(() => undefined); // once it is ready its end is the test's doing
  await Promise.race([ready, early]);
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
