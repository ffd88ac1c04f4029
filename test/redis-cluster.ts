import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import { redisForTests } from "#shared/config.ts";
import { freePort } from "#shared/free-port.ts";

const { server } = redisForTests();

/** For `test(name, { skip: withoutCluster }, …)`: a Cluster is always this test's own. */
export const withoutCluster: string | false = server === undefined ? "no redis-server on PATH" : false;

const NODES = 3;
const SLOTS = 16_384;
const UP_MS = 30_000;

type Node = { port: number; bus: number; child: ChildProcess; ready: Promise<unknown>; whole: Promise<unknown> };

/** Three nodes on loopback with a third of the slots each and no replicas, once each of them says that the Cluster is whole. `url` names two of them. */
export async function startTestCluster(): Promise<{ url: string; stop(): Promise<void> }> {
  if (server === undefined) throw new Error(String(withoutCluster));
  const folder = await mkdtemp(path.join(tmpdir(), "backhaul-cluster-"));
  const nodes: Node[] = [];
  const stop = async () => {
    await Promise.all(nodes.map(({ child }) => end(child)));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (let i = 0; i < NODES; i += 1) nodes.push(await startNode(server, folder));
    await Promise.all(nodes.map(({ ready }) => ready));
    await join(nodes);
    await Promise.all(nodes.map(({ whole }) => whole));
  } catch (error) {
    await stop();
    throw error;
  }
  const url = nodes
    .slice(1)
    .map(({ port }) => `redis://127.0.0.1:${port}`)
    .join(",");
  return { url, stop };
}

async function startNode(program: string, folder: string): Promise<Node> {
  const [port, bus] = [await freePort(), await freePort()];
  const settings = {
    port,
    bind: "127.0.0.1",
    dir: folder,
    save: "",
    appendonly: "no",
    "cluster-enabled": "yes",
    "cluster-port": bus,
    "cluster-config-file": `nodes-${port}.conf`,
  };
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  return {
    port,
    bus,
    child,
    ready: says(lines, child, "Ready to accept"),
    whole: says(lines, child, "state changed: ok"),
  };
}

/** Resolves with a line of a node's log that has these words. */
function says(lines: NodeJS.EventEmitter, child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`a Redis node never said "${words}"`)), UP_MS);
    lines.on("line", (line: string) => {
      if (!line.includes(words)) return;
      clearTimeout(late);
      resolve();
    });
    child.once("exit", (code) => {
      clearTimeout(late);
      reject(new Error(`a Redis node ended with ${code}`));
    });
  });
}

/** Gives out the slots and introduces the nodes to the first one. */
async function join(nodes: readonly Node[]): Promise<void> {
  const [first] = nodes as [Node];
  for (const [index, { port }] of nodes.entries()) {
    const client = new Redis(port, "127.0.0.1");
    const slot = (at: number) => Math.floor((SLOTS * at) / nodes.length);
    await client.cluster("SET-CONFIG-EPOCH", index + 1);
    await client.call("CLUSTER", "ADDSLOTSRANGE", slot(index), slot(index + 1) - 1);
    if (index > 0) await client.call("CLUSTER", "MEET", "127.0.0.1", first.port, first.bus);
    client.disconnect();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
