import { createHash } from "node:crypto";
import { inTransaction, type Db, type Transaction } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import type { InboxTable } from "#shared/tables.ts";
import type { Selectable } from "kysely";
import { reached } from "./crash-points.ts";

export type InboxRow = Selectable<InboxTable>;
export type Received = {
  system: string;
  via: "WEBHOOK" | "FEED" | "PARTNER";
  eventIds: readonly string[];
  body: Buffer;
};

/**
 * Stores a raw document before its sender is acknowledged (W-18): one inbox row for each source event id, once. Gives the rows' ids and whether all of
 * them were known.
 */
export const receive = (db: Db | Transaction, document: Received): Promise<{ ids: string[]; duplicate: boolean }> =>
  inTransaction(db, async (tx) => {
    const { system, via, eventIds, body } = document;
    const hash = createHash("sha256").update(body).digest("hex");
    await tx
      .insertInto("documents")
      .values({ hash, body })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const rows = eventIds.map((event_id) => ({
      id: newId("inb"),
      system,
      event_id,
      via,
      document_hash: hash,
      status: "RECEIVED" as const,
    }));
    const stored = await tx
      .insertInto("inbox")
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .returning("id")
      .execute();
    reached("inbox receive before");
    if (stored.length > 0) return { ids: stored.map(({ id }) => id), duplicate: false };
    const known = await tx
      .selectFrom("inbox")
      .select("id")
      .where("system", "=", system)
      .where("event_id", "in", eventIds)
      .execute();
    return { ids: known.map(({ id }) => id), duplicate: true };
  });

/** A delivery that was not taken: the only thing kept of it (wires section 5). */
export async function auditRefusal(
  db: Db,
  refusal: { system: string; address: string; code: string; body: Buffer | null },
): Promise<void> {
  const { body, ...row } = refusal;
  const body_hash = body && createHash("sha256").update(body).digest("hex");
  await db
    .insertInto("inbox_refusals")
    .values({ ...row, body_hash })
    .execute();
}
