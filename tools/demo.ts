import { readConfig } from "#shared/config.ts";
import { playStory } from "./demo/story.ts";

// `npm run demo`: a return from request to posted credit against the running system, milestone by milestone.

process.stdout.on("error", () => process.exit()); // Nobody reads on: `| head`.
try {
  await playStory(readConfig(), (line) => console.log(line));
} catch (error) {
  console.error(`\n${(error as Error).message}`);
  process.exitCode = 1;
}
