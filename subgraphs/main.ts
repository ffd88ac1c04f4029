import { ConfigMistakes, readConfig, type SubgraphName, subgraphNames } from "#shared/config.ts";
import { createLog } from "#shared/log.ts";
import { createShutdown, stopOnSignals } from "#shared/shutdown.ts";
import { traceProcess } from "#shared/tracing.ts";
import { startSubgraphs } from "./index.ts";

// Subgraphs alone in a process: those named on the command line, or all; `npm start` starts them together with the gateway.

try {
  const config = readConfig();
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !subgraphNames.includes(name as SubgraphName));
  if (unknown !== undefined) throw new Error(`${unknown}: unknown subgraph. Known: ${subgraphNames.join(", ")}.`);
  const log = createLog({ level: config.logLevel, name: "subgraphs" });
  const shutdown = createShutdown(log);
  stopOnSignals(shutdown);
  await traceProcess(config, "backhaul-subgraphs", { log, shutdown });
  const { stop } = await startSubgraphs({ config, log }, names.length > 0 ? (names as SubgraphName[]) : subgraphNames);
  shutdown.add("subgraphs", stop);
} catch (error) {
  console.error(error instanceof ConfigMistakes ? error.message : (error as Error).message);
  process.exit(1);
}
