import { readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import type { FirstStart } from "#sandbox/first-start.ts";
import { makeDistributor } from "#sandbox/seed/make-distributor.ts";
import { type Config, readConfig } from "#shared/config.ts";
import { playDay } from "./demo/day/day.ts";
import { playStory } from "./demo/story.ts";
import { createProgress } from "./start/screen.ts";

// `npm run demo`: a return from its case to posted credit against the running system, milestone by milestone.
// `npm run demo -- --day`: a service agent's day, sixty returns of all kinds at once.

const say = (line: string) => console.log(line);

process.stdout.on("error", () => process.exit()); // Nobody reads on: `| head`.
try {
  const { values } = parseArgs({ options: { day: { type: "boolean" } } });
  if (values.day) process.exitCode = (await day(readConfig())) ? 0 : 1;
  else await playStory(readConfig(), say);
} catch (error) {
  console.error(`\n${(error as Error).message}`);
  process.exitCode = 1;
}

async function day(config: Config): Promise<boolean> {
  const progress = createProgress(process.stdout);
  const { ok } = await playDay({ config, distributor: makeDistributor(firstStart(config)), say, progress });
  return ok;
}

/** What the running sandbox was seeded from. */
function firstStart({ dataDir }: Config): FirstStart {
  const file = path.join(dataDir, "sandbox", "first-start.json");
  try {
    return JSON.parse(readFileSync(file, "utf8")) as FirstStart;
  } catch (cause) {
    throw new Error(`No sandbox was started with this data folder: ${file} can't be read.`, { cause });
  }
}
