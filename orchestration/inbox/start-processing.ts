import { processNext, type Inbox } from "./processing.ts";

/** Documents worked on at once in a process. */
const places = 4;

export type Processing = {
  /** Works through what is due; gives the rows it served. Never throws. */
  ring(): Promise<string[]>;
  stop(): Promise<void>;
};

/** Works through the inbox when it is rung, and at least every `pollMs`. */
export function startProcessing(inbox: Inbox): Processing {
  let stopped = false;
  let again = false;
  let working: Promise<string[]> | null = null;
  const untilDry = async (): Promise<string[]> => {
    const served: string[] = [];
    while (!stopped) {
      const id = await processNext(inbox);
      if (id === null) return served;
      served.push(id);
    }
    return served;
  };
  const all = async (): Promise<string[]> => {
    const served: string[] = [];
    while (again && !stopped) {
      again = false;
      // One looks first: most rings find nothing or one row.
      const first = await processNext(inbox);
      if (first === null) continue;
      served.push(first, ...(await Promise.all(Array.from({ length: places }, untilDry))).flat());
    }
    return served;
  };
  const ring = (): Promise<string[]> => {
    again = true;
    working ??= all()
      .catch((err: unknown) => {
        inbox.log.warn({ err }, "the inbox could not be worked through; the next poll tries again");
        return [];
      })
      .finally(() => {
        working = null;
      });
    return working;
  };
  const timer = setInterval(() => void ring(), inbox.times.pollMs);
  return {
    ring,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await working;
    },
  };
}
