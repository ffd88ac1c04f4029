import { AsyncLocalStorage } from "node:async_hooks";
import type { Caller } from "#shared/caller.ts";
import type { Log } from "#shared/log.ts";
import type { Watch } from "./telemetry/watch.ts";

/** What every station of the gateway knows of one operation, whichever door it came through. */
export type GatewayContext = {
  readonly caller: Caller;
  readonly correlationId: string;
  /** When the whole answer has to be there, in ms since 1970. */
  readonly deadlineAt: number;
  readonly log: Log;
  /** What is measured of it; undefined for what nobody asked for. */
  readonly watch?: Watch | undefined;
};

export type RequestScope = Pick<GatewayContext, "correlationId" | "log" | "watch"> & {
  /** Introspection is off: errors don't suggest names of the schema either. */
  readonly hidesSchema?: boolean;
};

/** When an answer has to be there: as soon as the client says (milliseconds from now on), and never later than the gateway's own limit. Undefined for what is no such number. */
export function deadlineFrom(sent: unknown, limitMs: number): number | undefined {
  if (sent === undefined || sent === null) return Date.now() + limitMs;
  const wanted = typeof sent === "string" && /^\d{1,9}$/.test(sent) ? Number(sent) : sent;
  if (typeof wanted !== "number" || !Number.isInteger(wanted) || wanted < 1) return undefined;
  return Date.now() + Math.min(wanted, limitMs);
}

/** The request that is being answered, for code that libraries call without a context (error masking). */
export const requestScope = new AsyncLocalStorage<RequestScope>();
