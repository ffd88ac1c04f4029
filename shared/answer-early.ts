import type { ServerResponse } from "node:http";

/** So long a sender may go on with a body that is refused already. */
const LINGER_MS = 2_000;

/**
 * Ends an answer that may overtake its request's body; its head is written and names its length. A connection that is closed while the other side still
 * sends takes the answer with it (RFC 9112, 9.6): the answer goes out whole, and what comes meanwhile is let go of, until the sender is through or for a while.
 */
export function endEarly(response: ServerResponse, text: string): void {
  const { req: request } = response;
  if (request.complete || request.destroyed) return void response.end(text);
  response.write(text);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once("end", end).once("close", end).resume();
}
