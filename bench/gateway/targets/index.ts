import { startHive } from "./hive.ts";
import type { StartTarget } from "./target.ts";

const from = (file: Promise<{ start: StartTarget }>): Promise<StartTarget> => file.then(({ start }) => start);

/** Every row of the benchmark; loaded when it is started, so that no gateway holds another's code in its memory. */
export const targets: Readonly<Record<string, () => Promise<StartTarget>>> = {
  stock: () => from(import("./stock.ts")),
  "hive, coalescing": async () => (setting) => startHive(setting, true),
  hive: async () => (setting) => startHive(setting, false),
  "ours, /graphql": () => from(import("./ours.ts")),
  limit: () => from(import("./limit.ts")),
  "limit, raw sockets": () => from(import("./limit-raw.ts")),
};
