import { ConfigMistakes, readConfig } from "#shared/config.ts";
import { createLog } from "#shared/log.ts";
import { createShutdown, stopOnSignals } from "#shared/shutdown.ts";
import { traceProcess } from "#shared/tracing.ts";
import { startGateway } from "./server.ts";
import { committedSupergraph } from "./supergraph.ts";

// The gateway alone in a process; `npm start` starts it together with the subgraphs.

try {
  const config = readConfig();
  const log = createLog({ level: config.logLevel, name: "gateway" });
  const shutdown = createShutdown(log);
  stopOnSignals(shutdown);
  await traceProcess(config, "backhaul-gateway", { log, shutdown });
  const gateway = await startGateway({ config, log, supergraphFile: committedSupergraph });
  shutdown.add("gateway", gateway.stop);
} catch (error) {
  console.error(error instanceof ConfigMistakes ? error.message : (error as Error).message);
  process.exit(1);
}
