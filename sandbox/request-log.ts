import type { Incoming } from "./faults.ts";

export type LoggedRequest = {
  kind: string;
  method: string;
  path: string;
  status: number | null;
  /** What came as x-correlation-id. */
  correlationId: string | null;
};
const KEPT = 2000;

export type RequestLog = ReturnType<typeof createRequestLog>;

/** Counts requests by kind (`GET salesInvoices`), for tests that count calls; keeps the last 2,000. */
export function createRequestLog(kindOf: (request: Incoming) => string) {
  let counts: Record<string, number> = {};
  let requests: LoggedRequest[] = [];
  return {
    /** Logs a request as it arrives; set `status` on what it gives once it is answered (null: the answer was dropped). */
    add(request: Incoming & { headers?: Readonly<Record<string, string | undefined>> }): LoggedRequest {
      const { method, path, headers } = request;
      const correlationId = headers?.["x-correlation-id"] ?? null;
      const entry = { kind: kindOf(request), method, path, status: null, correlationId };
      counts[entry.kind] = (counts[entry.kind] ?? 0) + 1;
      requests.push(entry);
      if (requests.length > KEPT) requests.shift();
      return entry;
    },
    read: () => ({
      total: Object.values(counts).reduce((sum, count) => sum + count, 0),
      counts: { ...counts },
      requests: [...requests],
    }),
    clear: () => {
      counts = {};
      requests = [];
    },
  };
}
