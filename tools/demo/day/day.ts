import type { Distributor } from "#sandbox/seed/types.ts";
import type { Config } from "#shared/config.ts";
import { connectAs } from "#tools/client/gateway.ts";
import { sandboxServer } from "#tools/client/sandbox-server.ts";
import { chooseGoods, type Chosen } from "./choose.ts";
import type { Cast } from "./drive.ts";
import { createEligibility, goodsOf } from "./goods.ts";
import { type Kind, kinds as all, RAISED_TAX } from "./kinds.ts";
import { playOne } from "./play-one.ts";
import { createTally } from "./tally.ts";
import { report, type Stand, standOf } from "./report.ts";

export type Day = {
  config: Config;
  /** What the sandbox was seeded with. */
  distributor: Distributor;
  say: (line: string) => void;
  progress: { show(text: string): void; clear(): void };
  kinds?: readonly Kind[];
  /** When a return to which nothing happens is given up; longer than the ERP's limit may hold it back, whose window is five minutes. */
  patienceMs?: number;
};

/**
 * A service agent's day: returns of all kinds at once against the running system, and where each stands at its end. `ok` is false where one has neither
 * converged nor waits for a person, or where none could be played.
 */
export async function playDay(day: Day): Promise<{ ok: boolean; stands: Stand[] }> {
  const people = await gather(day.config);
  try {
    const chosen = await choose(day, people);
    const stands = await playAll(chosen, day, people);
    if (stands.length > 0) for (const line of report(stands)) day.say(line);
    return { ok: stands.length > 0 && stands.every(({ done }) => done), stands };
  } finally {
    await Promise.all(Object.values(people).map((person) => person.close()));
  }
}

async function gather(config: Config): Promise<Cast> {
  const [ada, sam, fin, wilma, otto] = await Promise.all(
    ["ada", "sam", "fin", "wilma", "otto"].map((user) => connectAs(user, config)),
  );
  return { ada: ada!, sam: sam!, fin: fin!, wilma: wilma!, otto: otto! };
}

async function choose({ distributor, kinds = all, say, progress }: Day, people: Cast): Promise<Chosen[]> {
  progress.show("Ada asks what may come back …");
  const { chosen, short } = await chooseGoods(kinds, goodsOf(distributor), createEligibility(people));
  progress.clear();
  for (const { kind, missing } of short)
    say(`No goods are left for ${missing} of ${kind.count} "${kind.name}": earlier days have returned them.`);
  if (short.length > 0)
    say("Delete the data folder (.data) to begin anew, or start anew with npm start -- --scale 10.");
  return chosen;
}

async function playAll(
  chosen: Chosen[],
  { config, say, progress, kinds = all, patienceMs = 420_000 }: Day,
  people: Cast,
): Promise<Stand[]> {
  const sandbox = (server: string) => sandboxServer(server, config.sandboxPort);
  await sandbox("business-central")("taxRate", RAISED_TAX);
  const began = performance.now();
  say(`${chosen.length} returns of ${new Set(chosen.map(({ kind }) => kind)).size} kinds, all at once.`);
  const tally = createTally(chosen.length, progress);
  const played = await Promise.all(
    chosen.map(async (each) => {
      const one = await playOne(each, { people, sandbox, told: tally.told, patienceMs });
      tally.ended();
      return one;
    }),
  );
  tally.stop();
  const stands = await Promise.all(played.map((one) => standOf(one, people)));
  stands.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
  say(`Done in ${Math.round((performance.now() - began) / 1000)} s.`);
  say("");
  return stands;
}
