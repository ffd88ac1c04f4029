import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

// A server that goes away for a while must come back on the same port. The kernel lends ports from 32768 up to anybody's outgoing connections and to whoever asks
// for port 0 (Linux, ip_local_port_range); below that nobody comes by in the meantime.

const LOWEST = 15_000;
const HIGHEST = 32_000;
const TRIES = 50;
const BETWEEN_MS = 100;

/**
 * Opens a port, with 0 a free one that stays free while its server is away. A port that somebody has at the moment is tried again for five seconds.
 * Errors: EADDRINUSE when it stays taken; what `open` throws else.
 */
export async function openPort(port: number, open: (port: number) => Promise<void>): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await open(port || randomInt(LOWEST, HIGHEST));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || tried === TRIES) throw error;
      if (port !== 0) await sleep(BETWEEN_MS);
    }
  }
}
