import { internals } from "#shared/internals.ts";
import { createSilentLog } from "#shared/log.ts";
import { planCrash } from "../crash-points.ts";
import { startSequencer } from "../sequencer.ts";

// A sequencer that dies where the test says: arguments are the database's address and the crash plan.

const [url, plan] = process.argv.slice(2) as [string, string];
planCrash(JSON.parse(plan));
const times = internals.parse({ feedBatch: 3, feedPartition: 50, feedPollMs: 10, sweepMs: 20 });
startSequencer({ url, redisUrl: undefined, log: createSilentLog(), times, onUnreadable: () => undefined });
process.on("disconnect", () => process.exit(0));
