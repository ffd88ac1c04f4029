import type { Systems } from "#adapters/systems.ts";
import type { Db } from "#shared/database.ts";
import { SystemFailure } from "#shared/errors.ts";
import { newId } from "#shared/ids.ts";
import type { Log } from "#shared/log.ts";

type Parts = { db: Db; log: Log; systems: Systems; hooks: string; everyMs: number };

/** Keeps the ERPs' push subscriptions alive: made or renewed in good time, and again when an ERP was away (W-20). */
export async function subscribeToErps({ db, log, systems, hooks, everyMs }: Parts): Promise<void> {
  for (const erp of systems.erps()) {
    const key = `subscription/${erp.system}`;
    const known = await db.selectFrom("settings").select("value").where("key", "=", key).executeTakeFirst();
    const { url: at, expiresAt } = (known?.value ?? {}) as { url?: string; expiresAt?: string | null };
    const url = `${hooks}/hooks/${erp.system}`;
    if (at === url && expiresAt && Date.parse(expiresAt) - Date.now() > 3 * everyMs) continue;
    try {
      const kept = await erp.keepSubscribed(url, { correlationId: newId("inb") });
      const value = JSON.stringify({ url, expiresAt: kept.expiresAt });
      await db
        .insertInto("settings")
        .values({ key, value })
        .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
        .execute();
    } catch (err) {
      if (!(err instanceof SystemFailure)) throw err;
      log.info({ err, system: erp.system }, "could not subscribe; tried again at the next turn");
    }
  }
}
