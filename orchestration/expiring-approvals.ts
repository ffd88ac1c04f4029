import { businessDaysIn } from "#shared/calendar.ts";
import type { Role } from "#shared/caller.ts";
import { inTransaction, type Db } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import type { Log } from "#shared/log.ts";
import { sql } from "kysely";
import { eachDue, type TimedChange } from "./each-due.ts";
import { changeReturn, loadReturn, type Stamp } from "./facts.ts";
import { raiseTask, resolveTask, type NewTask } from "./exceptions.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import type { ApprovalState, ReturnState } from "./return-state.ts";

const stamp: Stamp = {
  correlationId: "timers",
  actor: { id: "backhaul", displayName: "Backhaul", kind: "SYSTEM" },
  source: { system: "backhaul", reference: null },
};
const AT_ONCE = 100;
const failed = "an approval that is overdue could not be looked after; the others go on";

/**
 * Approvals whose time is over: the timer only proposes; whether one is still pending is decided under the lock, and expiry is a fact (W-14). The same is asked
 * again at once, and a task tells the role that was asked; it is resolved by itself when the decision has come.
 */
export async function expireApprovals(db: Db, log: Log): Promise<TimedChange[]> {
  const due = await db
    .selectFrom("approvals")
    .select(["id", "return_id"])
    .where("status", "=", "PENDING")
    .where("expires_at", "<=", sql<Date>`(select clock_timestamp())`)
    .limit(AT_ONCE)
    .execute();
  const expired = await eachDue(due, { log, failed }, ({ id, return_id }) => expireOne(db, return_id, id));
  return [...expired, ...(await settleOverdue(db, log))];
}

const expireOne = (db: Db, returnId: string, approvalId: string): Promise<TimedChange> =>
  inTransaction(db, async (tx) => {
    const changed = await changeReturn(tx, returnId, stamp, (state, { now }) => ({
      facts: expiry(state, approvalId, now),
      value: state.approvals.find((approval) => approval.approvalId === approvalId),
    }));
    const { value: approval, state, facts } = changed;
    if (approval && facts.length > 0) await raiseTask(tx, overdue(state, approval), stamp);
    return changed;
  });

const overdue = (state: ReturnState, approval: ApprovalState): NewTask => ({
  code: "APPROVAL_OVERDUE",
  summary: `Nobody decided the approval ${approval.kind} of ${state.rmaNumber} in time; ${approval.requiredRole} is asked again.`,
  cause: causeOf(state.id, approval),
  returnId: state.id,
  stageOwner: approval.requiredRole as Role,
});

/** One task for a question, however often it is asked. */
const causeOf = (returnId: string, { kind, tier, decisionHash }: ApprovalState): string =>
  `approval-overdue:${returnId}:${kind}:${tier}:${decisionHash}`;

function expiry({ approvals, companyId }: ReturnState, approvalId: string, now: Date): NewFact[] {
  const approval = approvals.find((candidate) => candidate.approvalId === approvalId);
  if (approval?.status !== "PENDING" || new Date(approval.expiresAt) > now) return [];
  const { kind, tier, requiredRole, amount, threshold, subject, decisionHash, reasons, gateQuantities } = approval;
  const question = { kind, tier, requiredRole, amount, threshold, subject, decisionHash, reasons };
  const again = { approvalId: newId("apr"), expiresAt: businessDaysIn(companyId, now, 5) };
  const { currency } = approval;
  return [
    { kind: "approval.expired", data: { approvalId } },
    {
      kind: "approval.requested",
      data: { ...question, ...again, ...(currency ? { currency } : {}), ...(gateQuantities ? { gateQuantities } : {}) },
    },
  ];
}

/** A question that was answered after all, or fell away, is nobody's task any more. */
async function settleOverdue(db: Db, log: Log): Promise<TimedChange[]> {
  const open = await db
    .selectFrom("exceptions")
    .select(["id", "return_id", "cause"])
    .where("code", "=", "APPROVAL_OVERDUE")
    .where("status", "<>", "RESOLVED")
    .where("cause", "like", "approval-overdue:%")
    .where("return_id", "is not", null)
    .limit(AT_ONCE)
    .execute();
  return eachDue(open, { log, failed }, ({ id, return_id, cause }) =>
    settleOne(db, { id, returnId: return_id!, cause }),
  );
}

const settleOne = (db: Db, { id, returnId, cause }: { id: string; returnId: string; cause: string }) =>
  inTransaction(db, async (tx): Promise<TimedChange | null> => {
    const state = await loadReturn(tx, returnId);
    const isAsked = state?.approvals.some((one) => one.status === "PENDING" && causeOf(returnId, one) === cause);
    if (!state || isAsked) return null;
    const how = { resolution: "CONVERGED", note: "Nobody is asked any more.", reference: null } as const;
    const handled = await resolveTask(tx, id, how, stamp);
    return "refused" in handled ? null : handled;
  });
