import { createRandom } from "#sandbox/seed/random.ts";
import { readConfig } from "#shared/config.ts";
import { createLog, type Log } from "#shared/log.ts";
import type { ChildMessage } from "#tools/start/child.ts";
import type { Played } from "./acts.ts";
import { commandClock } from "./clock.ts";
import { type House, openHouse } from "./house.ts";
import { openOrders } from "./orders.ts";
import { makePlans } from "./plans.ts";
import { planted } from "./planted.ts";
import { play } from "./play.ts";
import { createPast, openClock, pastUrl } from "./schema.ts";

// A process of its own, because its clock is: makes the past of a house that has none yet, in a schema and a folder of its own. `main.ts <folder> <scale> <share>`.

const SEED = 20_262;
const DAY = 86_400_000;
/** Before the first return was asked for. */
const EARLIEST = 70;

process.on("disconnect", () => process.exit(1));
const tell = (message: ChildMessage) => void process.send?.(message);
try {
  const [folder = "", scale = "1", share = "1"] = process.argv.slice(2);
  const made = await make(folder, Number(scale), Number(share));
  tell({ ready: { made: JSON.stringify(made) } });
} catch (error) {
  console.error(error);
  tell({ failed: (error as Error).message });
  process.exitCode = 1;
} finally {
  process.disconnect?.();
}

async function make(folder: string, scale: number, share: number) {
  const config = readConfig();
  const log = createLog({ level: config.logLevel, name: "past", file: undefined });
  const databaseUrl = String(config.databaseUrl);
  const now = Date.now();
  const today = new Date(now).toISOString().slice(0, 10);
  await createPast(databaseUrl);
  const { tell: tellDatabase, close } = await openClock(databaseUrl);
  const clock = commandClock(tellDatabase);
  await clock.goTo(now - EARLIEST * DAY);
  const house = await openHouse({ config, log, databaseUrl: pastUrl(databaseUrl), dataDir: folder, today, scale });
  try {
    const { distributor } = house.sandbox;
    const plans = makePlans(openOrders(distributor, today), createRandom(SEED), { scale, share });
    // What is a closed period today was open then.
    for (const { code: company } of distributor.companies) house.erp.allowPosting({ company });
    const played = await play(plans, {
      ...{ house, clock, log, now },
      progress: (done, all) => tell({ progress: `Making the last weeks: ${done} of ${all} returns …` }),
      also: (those) => planted(those, house, now),
    });
    house.liftBlocks();
    for (const { code: company, postingAllowedFrom: from } of distributor.companies)
      house.erp.allowPosting({ company, from });
    await warnOfOthers(played, house, log);
    const known = played.filter(({ plan }) => plan.planted).map(({ plan, rmaNumber }) => [plan.planted!, rmaNumber]);
    return { returns: played.length, scale, planted: Object.fromEntries(known) as Record<string, string> };
  } finally {
    await house.stop();
    await close();
  }
}

/** A return that went another way than was planned is no mistake of anybody's, but somebody may want to know. */
async function warnOfOthers(played: readonly Played[], { db }: House, log: Log): Promise<void> {
  const rows = await db.selectFrom("returns").select(["id", "status"]).execute();
  const statuses = new Map(rows.map(({ id, status }) => [id, status]));
  for (const { id, rmaNumber, plan } of played)
    if (statuses.get(id) !== plan.stage)
      log.warn({ rmaNumber, planned: plan.stage, is: statuses.get(id) }, "a return of the past stands elsewhere");
}
