import { createServer } from "node:net";

/** Below those that systems give to outgoing connections and to port 0, which would take a port between its choice and its use. */
const LOWEST = 20_000;
const HIGHEST = 32_000;
/** Processes that were started one after the other choose from shares of their own, so that none takes what another has chosen and does not hold yet. */
const SHARE = 200;
const shareOfOurs = LOWEST + (process.pid % ((HIGHEST - LOWEST) / SHARE)) * SHARE;
/** What this process has chosen is not chosen again. */
const chosen = new Set<number>();
/** So often it is looked for in our own share. */
const TRIES = 50;

/** A loopback port that nobody held a moment ago. */
export const freePort = (): Promise<number> => freeRun(1);

/** The first of so many loopback ports in a row that nobody held a moment ago. */
export async function freeRun(width: number): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const [lowest, size] = tries > TRIES ? [LOWEST, HIGHEST - LOWEST] : [shareOfOurs, SHARE];
    const first = lowest + Math.floor(Math.random() * (size - width));
    const ports = Array.from({ length: width }, (_, index) => first + index);
    if (tries <= TRIES && ports.some((port) => chosen.has(port))) continue;
    for (const port of ports) chosen.add(port);
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
