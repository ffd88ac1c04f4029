import { processEnvironment, type Config, type Environment } from "#shared/config.ts";
import type { Log } from "#shared/log.ts";
import type { Shutdown } from "#shared/shutdown.ts";
import { checkFiles } from "./check-files.ts";
import { startChild, type Child } from "./child.ts";
import { internalKeys, sandboxCredentials } from "./kept.ts";
import { choosePorts, type Ports } from "./ports.ts";
import { prepareDatabase } from "./prepare-database.ts";
import type { Addresses } from "./run-roles.ts";

interface Parts {
  config: Config;
  log: Log;
  shutdown: Shutdown;
  /** The file that each child runs with its roles as arguments. */
  script: string;
  progress: (text: string) => void;
  say: (line: string) => void;
  /** What comes first, in the environment that the processes will have. */
  beforehand?: (env: ChildEnvironment) => Promise<void>;
  /** How large a sandbox the first start makes. */
  scale?: number | undefined;
}
export type ChildEnvironment = Environment & { DATABASE_URL: string };

/** The three processes; the last one is the first to be stopped (G-22). */
const processes = [
  { name: "sandbox", roles: ["sandbox"], metrics: 2 },
  { name: "worker", roles: ["worker"], metrics: 1 },
  { name: "gateway", roles: ["subgraphs", "gateway"], metrics: 0 },
] as const;

/** Sets everything up, then starts the three processes, the sandbox first; one that dies is started again. Only the gateway listens on HOST. */
export async function runAll(parts: Parts): Promise<Addresses> {
  const { config, shutdown, progress } = parts;
  const ports = await choosePorts(config);
  await checkFiles({ ...config, sandboxPort: ports.SANDBOX_PORT }, { ownsSandbox: true });
  progress("Starting the database …");
  const database = await prepareDatabase(config, parts);
  const env = { ...processEnvironment(), ...(await childEnvironment(config, ports, database)) };
  await parts.beforehand?.(env);
  const sizes = parts.scale === undefined ? [] : ["--scale", String(parts.scale)];
  const start = ({ name, roles, metrics }: (typeof processes)[number]): Promise<Addresses> => {
    progress(`Starting the ${name} …`);
    const host = name === "gateway" ? config.host : "127.0.0.1";
    const own = { ...env, HOST: host, METRICS_PORT: String(ports.METRICS_PORT + metrics) };
    const args = name === "sandbox" ? [...roles, ...sizes] : roles;
    const kept = keepRunning({ ...parts, name, args, env: own });
    shutdown.add(name, kept.stop, { deadlineMs: 25_000 });
    return kept.ready;
  };
  const [sandbox, worker, gateway] = processes;
  const first = await start(sandbox);
  const [second, third] = await Promise.all([start(worker), start(gateway)]);
  return { ...third, ...second, ...first };
}

async function childEnvironment(
  config: Config,
  ports: Ports,
  { databaseUrl, cursorSecret }: { databaseUrl: string; cursorSecret: string },
): Promise<ChildEnvironment> {
  const { internalKey, internalPublicKeys } = await internalKeys(config);
  return {
    ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
    ...(await sandboxCredentials(config)),
    DATABASE_URL: databaseUrl,
    CURSOR_SECRET: cursorSecret,
    DATA_DIR: config.dataDir,
    INTERNAL_KEY: JSON.stringify(internalKey),
    INTERNAL_PUBLIC_KEYS: JSON.stringify(internalPublicKeys),
  };
}

interface Kept extends Parts {
  name: string;
  args: readonly string[];
  env: Environment;
}

/** A process that ends by itself is started again, at once the first time and then ever later; `stop` ends that. */
function keepRunning({ name, args, env, script, progress, say, log }: Kept): Pick<Child, "ready" | "stop"> {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let ends = 0;
  const start = (): Child => {
    const child = startChild({ name, script, args, env, progress, ended });
    log.info({ process: name, child: child.pid }, "started");
    return child;
  };
  const ended = (how: string): void => {
    if (stopped) return;
    const seconds = ends === 0 ? 0 : Math.min(2 ** ends, 60);
    ends += 1;
    say(`The ${name} ended (${how}); starting it again${seconds ? ` in ${seconds} s` : ""}.`);
    timer = setTimeout(() => {
      current = start();
      current.ready.catch((error: Error) => ended(error.message));
    }, seconds * 1_000);
  };
  let current = start();
  const stop = async () => {
    stopped = true;
    clearTimeout(timer);
    await current.stop();
  };
  return { ready: current.ready, stop };
}
