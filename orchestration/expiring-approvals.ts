import { inTransaction, type Db } from "#shared/database.ts";
import { sql } from "kysely";
import { changeReturn, type Changed, type Stamp } from "./facts.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import type { ReturnState } from "./return-state.ts";

const stamp: Stamp = {
  correlationId: "timers",
  actor: { id: "backhaul", displayName: "Backhaul", kind: "SYSTEM" },
  source: { system: "backhaul", reference: null },
};

/** Approvals whose time is over: the timer only proposes; whether one is still pending is decided under the lock, and expiry is a fact (W-14). */
export async function expireApprovals(db: Db): Promise<Changed<unknown>[]> {
  const due = await db
    .selectFrom("approvals")
    .select(["id", "return_id"])
    .where("status", "=", "PENDING")
    .where("expires_at", "<=", sql<Date>`(select clock_timestamp())`)
    .limit(100)
    .execute();
  const changes: Changed<unknown>[] = [];
  for (const { id, return_id } of due)
    changes.push(
      await inTransaction(db, (tx) =>
        changeReturn(tx, return_id, stamp, (state, { now }) => ({ facts: expiry(state, id, now), value: null })),
      ),
    );
  return changes;
}

function expiry({ approvals }: ReturnState, approvalId: string, now: Date): NewFact[] {
  const isOver = approvals.some(
    (approval) =>
      approval.approvalId === approvalId && approval.status === "PENDING" && new Date(approval.expiresAt) <= now,
  );
  return isOver ? [{ kind: "approval.expired", data: { approvalId } }] : [];
}
