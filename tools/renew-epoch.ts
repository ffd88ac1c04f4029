import { renewEpoch } from "#orchestration/feed/epoch.ts";
import { onDatabase } from "./on-database.ts";

// `npm run renew-epoch`: after the database was restored from a backup (W-24). The systems may hold documents that it has forgotten.

await onDatabase(async (db) => {
  const epoch = await renewEpoch(db);
  return `The feed begins epoch ${epoch}: older cursors are refused, and effects on ERP and warehouses are held. Compare the systems by transaction key, then say: npm run release-effects`;
});
