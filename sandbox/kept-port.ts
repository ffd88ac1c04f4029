import { setTimeout as sleep } from "node:timers/promises";

// A server that goes away for a while must come back on the same port, and whoever calls it meanwhile must find nobody. The kernel lends ports from 32768 up to
// anybody's outgoing connections and to whoever asks for port 0 (Linux, ip_local_port_range), and shared/free-port.ts gives those from 20000 up; below that come
// sandboxes alone. Each process begins at a place of its own and gives one port after the other, so that no other comes by while a server is away.

const LOWEST = 15_000;
const PORTS = 5_000;
/** The golden section of PORTS: processes that start one after the other begin far apart. */
const APART = 3_091;
const TRIES = 50;
const BETWEEN_MS = 100;
let given = process.pid * APART;

/**
 * Opens a port, with 0 a free one that stays free while its server is away. A port that somebody has at the moment is tried again for five seconds.
 * Errors: EADDRINUSE when it stays taken; what `open` throws else.
 */
export async function openPort(port: number, open: (port: number) => Promise<void>): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await open(port || nextPort());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || tried === TRIES) throw error;
      if (port !== 0) await sleep(BETWEEN_MS);
    }
  }
}

function nextPort(): number {
  given += 1;
  return LOWEST + (given % PORTS);
}
