import { releaseEffects } from "#orchestration/feed/epoch.ts";
import { onDatabase } from "./on-database.ts";

// `npm run release-effects`: somebody has compared the systems with the facts after an epoch change (W-24); effects may go out again.

await onDatabase(async (db) => ((await releaseEffects(db)) ? "Effects go out again." : "Effects were not held."));
