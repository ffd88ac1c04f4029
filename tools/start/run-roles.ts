import type { Config } from "#shared/config.ts";
import type { Log } from "#shared/log.ts";
import { sandboxServers } from "#shared/sandbox-address.ts";
import type { Shutdown } from "#shared/shutdown.ts";
import { startMetrics } from "#shared/telemetry.ts";
import { traceProcess } from "#shared/tracing.ts";
import type { Role, Wanted } from "./arguments.ts";
import { checkFiles } from "./check-files.ts";
import { hasSandboxCredentials, internalKeys, sandboxCredentials } from "./kept.ts";
import { freeRun } from "#shared/free-port.ts";
import { prepareDatabase } from "./prepare-database.ts";

/** What a started station tells the person who started it: an address by what it is. */
export type Addresses = Record<string, string>;

export interface Context {
  config: Config;
  wanted: Wanted;
  log: Log;
  shutdown: Shutdown;
  /** Progress for a person to read; each line takes the place of the last. */
  progress: (text: string) => void;
}

/** Starts one station, puts its releaser on the stack, and gives what the stations after it need to know. */
export type Station = (context: Context) => Promise<{ addresses: Addresses; config?: Partial<Config> }>;

/** Starts the wanted roles in this process, one after the other; what one says goes to the next. */
export async function runRoles(context: Context, stations: Record<Role, Station>): Promise<Addresses> {
  const { wanted, shutdown } = context;
  let config = await readySettings(context);
  await traceProcess(config, `backhaul-${wanted.roles[0] ?? "process"}`, context);
  const addresses: Addresses = {};
  for (const role of wanted.roles) {
    const started = await stations[role]({ ...context, config });
    config = { ...config, ...started.config };
    Object.assign(addresses, started.addresses);
  }
  const metrics = await startMetrics({ host: config.host, port: config.metricsPort });
  shutdown.add("metrics", metrics.stop);
  addresses[`Metrics of ${wanted.roles.join(", ")}`] = `http://${config.host}:${metrics.port}/metrics`;
  return addresses;
}

/** Database (for worker and subgraphs), keys and credentials that nobody set; those of a sandbox that was started on this data folder serve the other roles as well. */
async function readySettings({ config, wanted, ...context }: Context): Promise<Config> {
  const { roles, supergraph } = wanted;
  if (supergraph !== undefined) await checkSupergraph(supergraph);
  const ports = await freePorts(config);
  const ownsSandbox = roles.includes("sandbox") || hasSandboxCredentials(config);
  const callsSystems = roles.includes("worker") || roles.includes("subgraphs");
  if (callsSystems) await checkFiles({ ...config, ...ports }, { ownsSandbox });
  const usesKeys = roles.includes("gateway") || roles.includes("subgraphs");
  const keys = usesKeys ? await internalKeys(config) : {};
  const credentials: Record<string, string> = ownsSandbox ? await sandboxCredentials(config) : {};
  const secret = (variable: string) => config.secret(variable) ?? credentials[variable];
  const ready = { ...config, ...ports, ...keys, secret };
  return callsSystems ? { ...ready, ...(await prepareDatabase(config, context)) } : ready;
}

async function checkSupergraph(file: string): Promise<void> {
  const { readForeignSupergraph } = await import("#gateway/foreign-supergraph.ts");
  await readForeignSupergraph(file);
}

/** Where the port is 0, one that every station knows before it is taken. */
async function freePorts({ sandboxPort, intakePort, intakeUrl }: Config): Promise<Partial<Config>> {
  const intake = intakePort || (await freeRun(1));
  return {
    sandboxPort: sandboxPort || (await freeRun(sandboxServers.length)),
    intakePort: intake,
    intakeUrl: intakeUrl ?? `http://127.0.0.1:${intake}`,
  };
}
