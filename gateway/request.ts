import { AsyncLocalStorage } from "node:async_hooks";
import type { Caller } from "#shared/caller.ts";
import type { Log } from "#shared/log.ts";

/** What every station of the gateway knows of one operation, whichever door it came through. */
export type GatewayContext = {
  readonly caller: Caller;
  readonly correlationId: string;
  /** When the whole answer has to be there, in ms since 1970. */
  readonly deadlineAt: number;
  readonly log: Log;
};

export type RequestScope = Pick<GatewayContext, "correlationId" | "log">;

/** The request that is being answered, for code that libraries call without a context (error masking). */
export const requestScope = new AsyncLocalStorage<RequestScope>();
