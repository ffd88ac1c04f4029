import { sql } from "kysely";
import type { Db } from "#shared/database.ts";
import type { Everything } from "./start-everything.ts";

/** What warehouses, carriers and the ERPs have told by now is in the inbox and looked at, and no operation is due or under way: nothing is written any more unless somebody acts. */
export const allHeard = ({ sandbox, db, until }: Everything): Promise<true> =>
  until("everything that was told to be heard", async () => {
    // Twice: an operation that ends between two looks may have made a warehouse tell something that the first of them couldn't see.
    for (let look = 1; look <= 2; look += 1) {
      // An ERP gathers what changed for half a minute before it tells: that would come in the midst of what follows.
      sandbox.servers["business-central"].controls.notify();
      if (Object.values(sandbox.servers).some(({ webhooks }) => webhooks.list().length > 0)) return null;
      if (await hasWork(db)) return null;
    }
    return true;
  });

/** In one statement: what has left the inbox is an operation in the same moment. */
async function hasWork(db: Db): Promise<boolean> {
  const { rows } = await sql<{ work: boolean }>`
    select exists (select from inbox where status = 'RECEIVED')
        or exists (select from operations where finished_at is null and status <> 'NEEDS_ATTENTION') as work`.execute(
    db,
  );
  return rows[0]!.work;
}
