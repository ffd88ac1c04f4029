import { startHive } from "./hive.ts";
import type { StartTarget } from "./target.ts";

/** Every row of the benchmark; loaded when it is started, so that no gateway holds another's code in its memory. */
export const targets: Readonly<Record<string, () => Promise<StartTarget>>> = {
  stock: async () => (await import("./stock.ts")).start,
  "hive, coalescing": async () => (setting) => startHive(setting, true),
  hive: async () => (setting) => startHive(setting, false),
  "ours, /graphql": async () => (await import("./ours.ts")).start,
  "ours, /graphql/<documentId>": async () => (await import("./ours.ts")).startByDocument,
  limit: async () => (await import("./limit.ts")).start,
  "limit, raw sockets": async () => (await import("./limit-raw.ts")).start,
};
