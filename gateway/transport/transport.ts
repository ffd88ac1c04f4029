import { createPool } from "./pool.ts";
import type { Reply } from "./read-response.ts";

export type Exchange = {
  readonly path: string;
  /** Header lines of ours, each with its `\r\n`; nothing of a client's may stand in them unchecked. host, content-type, accept and content-length are added. */
  readonly headers: string;
  readonly body: string;
  /** For how long an answer is waited for, in ms. */
  readonly deadlineMs: number;
};

/** JSON by POST to one server over kept connections. */
export type Transport = {
  /** The answer, whatever its status; rejects when there is none. */
  readonly post: (exchange: Exchange) => Promise<Pick<Reply, "status" | "text">>;
  /** Waits for what is under way. */
  readonly close: () => Promise<void>;
};

/** How exactly deadlines are kept: one timer looks after all requests. */
const TICK_MS = 20;

/** A transport to an `http:` origin, for less than half of what undici's pool costs (docs/decisions/0065-gateway-bench.md). */
export function connectTransport(origin: URL, { connections }: { connections: number }): Transport {
  const { hostname, host } = origin;
  const pool = createPool({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(origin.port || 80) }, connections);
  const common = `HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: application/json\r\n`;
  let ticker: NodeJS.Timeout | undefined;
  const tick = () => {
    if (pool.endLate(Date.now())) return;
    clearInterval(ticker);
    ticker = undefined;
  };
  return {
    post: ({ path, headers, body, deadlineMs }) => {
      ticker ??= setInterval(tick, TICK_MS);
      const { promise, resolve, reject } = Promise.withResolvers<Reply>();
      const length = Buffer.byteLength(body);
      const bytes = `POST ${path} ${common}${headers}content-length: ${length}\r\n\r\n${body}`;
      // Text that is ASCII throughout goes out without being encoded.
      const encoding = length === body.length ? "latin1" : "utf8";
      pool.ask({ bytes, encoding, until: Date.now() + deadlineMs, resolve, reject });
      return promise;
    },
    close: pool.close,
  };
}
