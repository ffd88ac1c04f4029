import type { ReplacementState, ReturnState } from "./return-state.ts";

/** How its approvals stand; one that expired was asked again, and what counts is that every tier has said yes (D-23). */
export function approvalOf(
  { approvals }: ReturnState,
  { replacementId, approvals: needed }: ReplacementState,
): "NONE" | "WAITS" | "APPROVED" | "DECLINED" {
  if (needed.length === 0) return "NONE";
  const own = approvals.filter(({ subject }) => "replacementId" in subject && subject.replacementId === replacementId);
  if (own.some(({ status }) => status === "DECLINED")) return "DECLINED";
  const saidYes = (tier: number) => own.some((one) => one.tier === tier && one.status === "APPROVED");
  return needed.every(({ tier }) => saidYes(tier)) ? "APPROVED" : "WAITS";
}
