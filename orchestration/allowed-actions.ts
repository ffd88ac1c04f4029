import type { Caller, PartnerKind, Role } from "#shared/caller.ts";
import { sum } from "#shared/decimal.ts";
import { whyNot } from "./approving.ts";
import type { PolicyReason } from "./facts-vocabulary.ts";
import { authorizedOf, receiptLines, receivedShares } from "./quantities.ts";
import { openForReplacement } from "./open-for-replacement.ts";
import type { LineState, ReturnState } from "./return-state.ts";
import { hasUnauthorizedGoods, statusOf, undecidedQuantity } from "./status.ts";

// What a caller may do with a return now, and why not the rest (vocabulary section 9).

export type AllowedAction = { action: string; allowed: boolean; reasons: PolicyReason[] };
type Asker = Pick<Caller, "id" | "kind" | "roles"> & Partial<Pick<Caller, "rows">>;
type Action = {
  roles: readonly Role[];
  /** Partners that may do it. */
  partners?: readonly PartnerKind[];
  /** Why the return's state forbids it; null if it doesn't. */
  conflict: (state: ReturnState) => string | null;
  /** The mutation is not built. */
  notAvailable?: true;
};

const serving: readonly Role[] = ["service", "supervisor"];

const actions: Record<string, Action> = {
  amendReturn: { roles: serving, conflict: whyNotAmend },
  cancelReturn: { roles: serving, conflict: whyNotCancel },
  requestReplacement: { roles: serving, conflict: whyNotReplace },
  // Goods are booked whenever they are there, even for a return that is over: they then wait to be matched.
  recordReceipt: { roles: ["warehouse"], conflict: () => null },
  recordInspection: { roles: ["warehouse"], conflict: whyNotInspect },
  changeDisposition: { roles: ["supervisor", "warehouse"], conflict: whyNotChange },
  matchReceipt: { roles: ["service", "supervisor", "warehouse"], conflict: whyNotMatch, notAvailable: true },
  // As with receipts: what happened is told whenever it is.
  reportPartnerStatus: { roles: [], partners: ["third-party", "supplier"], conflict: () => null },
};

/** Every mutation on a return, by its name. */
export const allowedActions = (state: ReturnState, caller: Asker): AllowedAction[] => [
  ...Object.entries(actions).map(([action, rule]) => answer(action, refusals(state, caller, action, rule))),
  answer("decideApproval", whyNotDecide(state, caller)),
];

const answer = (action: string, reasons: PolicyReason[]): AllowedAction => ({
  action,
  allowed: reasons.length === 0,
  reasons,
});
const because = (code: string, message: string): PolicyReason => ({ code, message, ruleId: null });

function refusals(
  state: ReturnState,
  caller: Asker,
  action: string,
  { roles, partners = [], conflict, notAvailable }: Action,
): PolicyReason[] {
  const reasons: PolicyReason[] = [];
  if (notAvailable) reasons.push(because("NOT_AVAILABLE", `${action} is not built yet.`));
  const isPartner = caller.kind === "PARTNER" && partners.some((kind) => kind === caller.rows?.kind);
  if (!isPartner && !roles.some((role) => caller.roles.includes(role)))
    reasons.push(
      because("NOT_ALLOWED", roles.length > 0 ? `This takes the role ${roles.join(" or ")}.` : "Partners report it."),
    );
  const why = conflict(state);
  if (why) reasons.push(because("CONFLICT", why));
  return reasons;
}

function whyOver(state: ReturnState): string | null {
  const status = statusOf(state);
  return ["DECLINED", "CANCELLED", "EXPIRED", "CLOSED"].includes(status) ? `The return is ${status}.` : null;
}

/** What ERP and warehouse were asked to forget can't be told otherwise. */
function whyNotAmend(state: ReturnState): string | null {
  const { cancelRequested, instruction, erpAuthorization } = state;
  if (cancelRequested) return "The cancellation was asked for.";
  const isWithdrawn = (instruction !== null && instruction.state !== "TOLD") || erpAuthorization?.deleted;
  return whyOver(state) ?? (isWithdrawn ? "The warehouse was told that nothing more comes." : null);
}

function whyNotCancel(state: ReturnState): string | null {
  if (state.cancelRequested) return "The cancellation was asked for already.";
  const open = state.lines.some((line) => undecidedQuantity(line).gt(0) || hasGoodsToCome(state, line));
  return whyOver(state) ?? (open ? null : "All goods have come; what came is finished, not cancelled.");
}

/** Why no goods can go out for this return, whatever their quantity; null if they can. */
export const whyNoReplacement = (state: ReturnState): string | null =>
  whyOver(state) ?? (state.cancelRequested ? "The return is being cancelled." : null);

function whyNotReplace(state: ReturnState): string | null {
  const open = state.lines.some((line) => openForReplacement(state, line).gt(0));
  return whyNoReplacement(state) ?? (open ? null : "Nothing is left that a replacement could go out for.");
}

const hasGoodsToCome = (state: ReturnState, line: LineState): boolean =>
  authorizedOf(line).gt(sum(receivedShares(state, line).map(({ counted }) => counted)));

function whyNotInspect(state: ReturnState): string | null {
  return receiptLines(state).length > 0 ? null : "Nothing is received yet.";
}

function whyNotChange(state: ReturnState): string | null {
  const open = state.dispositions.some(({ superseded, executedAt }) => !superseded && executedAt === null);
  return open ? null : "No disposition waits to be carried out.";
}

function whyNotMatch(state: ReturnState): string | null {
  const unmatched = receiptLines(state).some(({ state: how }) => how === "UNMATCHED" || how === "MISMATCHED");
  return unmatched || hasUnauthorizedGoods(state) ? null : "Nothing waits to be matched.";
}

function whyNotDecide(state: ReturnState, caller: Asker): PolicyReason[] {
  const pending = state.approvals.filter(({ status }) => status === "PENDING");
  if (pending.length === 0) return [because("CONFLICT", "No approval is pending.")];
  const reasons = pending.map((approval) => whyNot(state, approval, caller));
  if (reasons.includes(null)) return [];
  return [...new Set(reasons)].flatMap((why) => (why ? [because("NOT_ALLOWED", why)] : []));
}
