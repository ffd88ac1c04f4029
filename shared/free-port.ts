import { createServer } from "node:net";

/** Below those that systems give to outgoing connections and to port 0, which would take a port between its choice and its use. */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** A loopback port that nobody held a moment ago. */
export const freePort = (): Promise<number> => freeRun(1);

/** The first of so many loopback ports in a row that nobody held a moment ago. */
export async function freeRun(width: number): Promise<number> {
  for (;;) {
    const first = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST - width));
    const ports = Array.from({ length: width }, (_, index) => first + index);
    const free = await Promise.all(ports.map(isFree));
    if (!free.includes(false)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => void probe.close(() => resolve(true)));
  });
}
