import { createServer } from "node:http";
import type { Config } from "#shared/config.ts";
import { freeRun } from "#shared/free-port.ts";
import { listen, stopServer } from "#shared/listen.ts";
import { sandboxServers } from "#shared/sandbox-address.ts";

export interface Ports {
  PORT: number;
  INTAKE_PORT: number;
  ISSUER_PORT: number;
  METRICS_PORT: number;
  SANDBOX_PORT: number;
}

/** The processes' metrics follow each other from METRICS_PORT, the sandbox's servers from SANDBOX_PORT. */
const widths: Ports = { PORT: 1, INTAKE_PORT: 1, ISSUER_PORT: 1, METRICS_PORT: 3, SANDBOX_PORT: sandboxServers.length };

/** Every port that three processes will take: free ones for 0. Throws PortInUse for the first that somebody holds, before anything is started. */
export async function choosePorts(config: Config): Promise<Ports> {
  const wanted: Ports = {
    PORT: config.port,
    INTAKE_PORT: config.intakePort,
    ISSUER_PORT: config.issuerPort,
    METRICS_PORT: config.metricsPort,
    SANDBOX_PORT: config.sandboxPort,
  };
  const unused = config.oidcIssuer === undefined ? [] : ["ISSUER_PORT"];
  for (const name of Object.keys(wanted) as (keyof Ports)[]) {
    if (unused.includes(name)) continue;
    if (wanted[name] === 0) wanted[name] = await freeRun(widths[name]);
    else await checkFree(name, wanted[name], config.host);
  }
  return wanted;
}

async function checkFree(variable: keyof Ports, first: number, host: string): Promise<void> {
  for (let port = first; port < first + widths[variable]; port += 1) {
    const server = createServer();
    await listen(server, { host, port, variable });
    await stopServer(server);
  }
}
