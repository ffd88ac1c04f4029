import { Pool } from "undici";
import type { Transport } from "./transport.ts";

/** A transport to an `https:` origin, over undici and its TLS. */
export function connectSecurely(origin: URL, { connections }: { connections: number }): Transport {
  const pool = new Pool(origin.origin, { connections, pipelining: 1 });
  return {
    post: async ({ path, headers, body, deadlineMs }) => {
      const own = Object.fromEntries([...headers.matchAll(/(.+?): (.*)\r\n/g)].map(([, name, value]) => [name, value]));
      const { statusCode: status, body: answer } = await pool.request({
        path,
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json", ...own },
        body,
        signal: AbortSignal.timeout(deadlineMs),
      });
      return { status, text: await answer.text() };
    },
    close: () => pool.close(),
  };
}
