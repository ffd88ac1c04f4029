import type { Everything } from "./start-everything.ts";

/** What warehouses and carriers have told by now is in the inbox and looked at, and no operation is due or under way: nothing is written any more unless somebody acts. */
export const allHeard = ({ sandbox, db, until }: Everything): Promise<true> =>
  until("everything that was told to be heard", async () => {
    if (Object.values(sandbox.servers).some(({ webhooks }) => webhooks.list().length > 0)) return null;
    const received = await db.selectFrom("inbox").select("id").where("status", "=", "RECEIVED").executeTakeFirst();
    if (received) return null;
    const open = await db
      .selectFrom("operations")
      .select("id")
      .where("finished_at", "is", null)
      .where("status", "<>", "NEEDS_ATTENTION")
      .executeTakeFirst();
    return open ? null : true;
  });
