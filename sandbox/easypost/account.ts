import type { Faults } from "../faults.ts";
import type { EventLog } from "./events.ts";
import type { Tables } from "./tables.ts";

/** One EasyPost account: what handlers and acts work on. */
export type Account = {
  name: string;
  tables: Tables;
  events: EventLog;
  faults: Faults;
  now: () => Date;
  transaction: <T>(work: () => T) => T;
};

/** RFC 3339 to the second, as the vendor writes times. */
export const stamp = (at: Date): string => at.toISOString().replace(/\.\d{3}Z$/, "Z");
