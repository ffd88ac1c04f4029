import { readFile } from "node:fs/promises";
import type { Log } from "#shared/log.ts";
import { counter, gauge } from "#shared/telemetry.ts";
import { type LoadedSupergraph, SupergraphRefused } from "./supergraph.ts";

const inUse = gauge(
  "gateway_supergraph_up_to_date",
  "1 while the supergraph in the file is the one in use, 0 while it is refused",
);
const updates = counter("gateway_supergraph_updates_total", "Other supergraphs read: taken or refused", ["outcome"]);

/** Connections to subgraphs are opened at the start; throws for a supergraph that names another one, or another address. */
export function refuseOtherSubgraphs({ subgraphs }: Named, { subgraphs: known }: Named): void {
  const other = subgraphs.find(({ name, url }) => !known.some((one) => one.name === name && one.url === url));
  if (other)
    throw new SupergraphRefused(
      `it names the subgraph ${other.name}${other.url === undefined ? "" : ` at ${other.url}`}, which takes a restart.`,
    );
}
type Named = Pick<LoadedSupergraph, "subgraphs">;

export type FollowSupergraph = {
  readonly file: string;
  /** What of the file is in use already. */
  readonly sdl: string;
  readonly pollMs: number;
  /** Takes another supergraph; rejects with a sentence that says why not, and then nothing has changed. */
  readonly take: (sdl: string) => Promise<void>;
  readonly log: Log;
};

/** Keeps looking at a supergraph's file: another one takes over as a whole, a bad one is refused with its reason and the old one stays. Gives the way to stop. */
export function followSupergraph({ file, sdl, pollMs, take, log }: FollowSupergraph): () => void {
  let [judged, seen] = [sdl, sdl];
  let isLooking = false;
  inUse.set(1);
  const look = async () => {
    const text = await readFile(file, "utf8");
    // Read once it has stopped changing: somebody may be writing it.
    const isSettled = text === seen;
    seen = text;
    if (!isSettled || text === judged) return;
    judged = text;
    await takeOrSay(text);
  };
  const takeOrSay = async (text: string) => {
    try {
      await take(text);
      updates.inc({ outcome: "taken" });
      inUse.set(1);
      log.info({ file }, "another supergraph is in use");
    } catch (error) {
      updates.inc({ outcome: "refused" });
      inUse.set(0);
      log.error({ file, err: error }, "a supergraph is refused: the one before stays in use");
    }
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    look()
      .catch((err: unknown) =>
        log.warn({ err, file }, "the supergraph's file can't be read: the one before stays in use"),
      )
      .finally(() => (isLooking = false));
  }, pollMs);
  timer.unref();
  return () => clearInterval(timer);
}
