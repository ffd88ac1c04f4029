import type { Role } from "#shared/caller.ts";
import { inTransaction, type Db } from "#shared/database.ts";
import type { Log } from "#shared/log.ts";
import { sql } from "kysely";
import { changeReturn, type Changed, type Stamp } from "./facts.ts";
import { raiseTask, type NewTask } from "./exceptions.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import type { ApprovalState, ReturnState } from "./return-state.ts";

const stamp: Stamp = {
  correlationId: "timers",
  actor: { id: "backhaul", displayName: "Backhaul", kind: "SYSTEM" },
  source: { system: "backhaul", reference: null },
};

/** Approvals whose time is over: the timer only proposes; whether one is still pending is decided under the lock, and expiry is a fact (W-14). */
export async function expireApprovals(db: Db, log: Log): Promise<Changed<unknown>[]> {
  const due = await db
    .selectFrom("approvals")
    .select(["id", "return_id"])
    .where("status", "=", "PENDING")
    .where("expires_at", "<=", sql<Date>`(select clock_timestamp())`)
    .limit(100)
    .execute();
  const changes: Changed<unknown>[] = [];
  for (const { id, return_id } of due) {
    try {
      changes.push(await expireOne(db, return_id, id));
    } catch (err) {
      log.warn({ err, approval: id, return: return_id }, "an approval could not be expired; the others go on");
    }
  }
  return changes;
}

/** Expiry is a fact and a task for the role that was asked, so that what waited for it is not forgotten (RS-28). */
const expireOne = (db: Db, returnId: string, approvalId: string): Promise<Changed<unknown>> =>
  inTransaction(db, async (tx) => {
    const changed = await changeReturn(tx, returnId, stamp, (state, { now }) => ({
      facts: expiry(state, approvalId, now),
      value: state.approvals.find((approval) => approval.approvalId === approvalId),
    }));
    const { value: approval, state, facts } = changed;
    if (approval && facts.length > 0) await raiseTask(tx, overdue(state, approval), stamp);
    return changed;
  });

const overdue = (
  { id: returnId, rmaNumber }: ReturnState,
  { approvalId, kind, requiredRole }: ApprovalState,
): NewTask => ({
  code: "APPROVAL_OVERDUE",
  summary: `Nobody decided the approval ${kind} of ${rmaNumber} in time; ${requiredRole} was asked.`,
  cause: `approval-expired:${approvalId}`,
  returnId,
  stageOwner: requiredRole as Role,
});

function expiry({ approvals }: ReturnState, approvalId: string, now: Date): NewFact[] {
  const isOver = approvals.some(
    (approval) =>
      approval.approvalId === approvalId && approval.status === "PENDING" && new Date(approval.expiresAt) <= now,
  );
  return isOver ? [{ kind: "approval.expired", data: { approvalId } }] : [];
}
