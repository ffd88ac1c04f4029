import type { UserErrorCode } from "#shared/errors.ts";
import { hashOf } from "#shared/hash.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import { isOverApproval, stillStands } from "./over-receipts.ts";
import type { ApprovalState, ReturnState } from "./return-state.ts";

/** Who decides: a person with roles, or anything else (which never may, D-24). */
export type Approver = { id: string; kind: "PERSON" | "SYSTEM" | "PARTNER"; roles: readonly string[] };
export type Refused = { refused: { code: UserErrorCode; message: string } };

/**
 * What deciding an approval means: `approval.decided`, and for a credit whose last tier this is `credit.approved` (any declined tier: `credit.declined`).
 * Refuses by role, by D-24 (four eyes along the chain), by D-23 (tiers are different people) and when it is not pending any more (W-08).
 */
export function decideApproval(
  state: ReturnState,
  approvalId: string,
  decision: "APPROVE" | "DECLINE",
  by: Approver,
  { note, now }: { note: string | null; now: Date },
): { facts: NewFact[] } | Refused {
  const approval = state.approvals.find((candidate) => candidate.approvalId === approvalId);
  if (!approval) return refuse("NOT_FOUND", "There is no such approval.");
  if (approval.status !== "PENDING") return refuse("CONFLICT", `This approval is ${approval.status} already.`);
  if (isOverApproval(approval) && !stillStands(state, approval))
    return refuse("CONFLICT", "What came is another quantity by now; it is asked anew.");
  if (new Date(approval.expiresAt) <= now) return refuse("CONFLICT", "This approval has expired.");
  const reason = whyNot(state, approval, by);
  if (reason) return refuse("NOT_ALLOWED", reason);
  return {
    facts: [
      { kind: "approval.decided", data: { approvalId, decision, note } },
      ...creditFacts(state, approval, decision),
    ],
  };
}

const refuse = (code: UserErrorCode, message: string): Refused => ({ refused: { code, message } });

/** Why this caller may not decide this approval; null if nothing stands against it. */
export function whyNot(state: ReturnState, approval: ApprovalState, by: Approver): string | null {
  if (by.kind !== "PERSON") return "Only a person may decide an approval.";
  if (!by.roles.includes(approval.requiredRole)) return `Deciding this takes the role ${approval.requiredRole}.`;
  if (state.requestedBy.id === by.id) return "Who requested the return may not approve it.";
  if (state.amendedBy?.includes(by.id)) return "Who amended the return may not approve it.";
  const { subject } = approval;
  if ("replacementId" in subject && replacementBy(state, subject.replacementId) === by.id)
    return "Who asked for the replacement may not approve it.";
  if (state.receipts.some(({ keyedBy }) => keyedBy?.id === by.id))
    return "Who keyed a receipt of this return may not approve it.";
  if (state.inspections.some((inspection) => inspection.inspector.id === by.id || inspection.keyedBy?.id === by.id))
    return "Who inspected the goods may not approve it.";
  if (otherTiers(state, approval).some(({ decidedBy }) => decidedBy?.id === by.id))
    return "Another tier must be decided by another person.";
  return null;
}

const replacementBy = ({ replacements }: ReturnState, id: string): string | undefined =>
  replacements.find(({ replacementId }) => replacementId === id)?.requestedBy.id;

/** Of the same decision (two credits of one receipt may well say the same). One of the same tier that expired or was void, and was asked anew, is no other. */
const otherTiers = (state: ReturnState, approval: ApprovalState): ApprovalState[] =>
  state.approvals.filter(
    (other) =>
      other.decisionHash === approval.decisionHash &&
      other.kind === approval.kind &&
      hashOf(other.subject) === hashOf(approval.subject) &&
      other.tier !== approval.tier,
  );

function creditFacts(state: ReturnState, approval: ApprovalState, decision: "APPROVE" | "DECLINE"): NewFact[] {
  if (!("creditId" in approval.subject)) return [];
  const { creditId } = approval.subject;
  if (decision === "DECLINE") return [{ kind: "credit.declined", data: { creditId } }, ...voidPending(state, approval)];
  // One that expired was asked again: what counts is that every tier has said yes (D-23).
  const others = state.credits
    .find((credit) => credit.creditId === creditId)!
    .approvals.filter(({ tier }) => tier !== approval.tier);
  const saidYes = (tier: number) =>
    otherTiers(state, approval).some((other) => other.tier === tier && other.status === "APPROVED");
  return others.every(({ tier }) => saidYes(tier)) ? [{ kind: "credit.approved", data: { creditId } }] : [];
}

const voidPending = (state: ReturnState, approval: ApprovalState): NewFact[] =>
  otherTiers(state, approval)
    .filter(({ status }) => status === "PENDING")
    .map(({ approvalId }) => ({ kind: "approval.voided", data: { approvalId, reason: "Another tier declined." } }));
