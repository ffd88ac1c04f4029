import { businessDaysIn, endOfDayIn } from "#shared/calendar.ts";
import { Fraction, least } from "#shared/decimal.ts";
import { hashOf } from "#shared/hash.ts";
import { newId } from "#shared/ids.ts";
import type { NewFact } from "../facts-vocabulary.ts";
import { exactAmount } from "../goods.ts";
import { authorizedOf } from "../quantities.ts";
import type { ApprovalState, LineState, ReturnState } from "../return-state.ts";
import { isBegun, undecidedQuantity } from "../status.ts";
import type { DecidingStep, Decision, Run } from "../step.ts";

/** Authorizations expire after so many calendar days (vocabulary section 9). */
export const VALID_DAYS = 30;

/** Grants, declines or asks for approval, line by line, by what policy said of the ERP's history (evaluate-policy). */
export const decideAuthorization: DecidingStep<undefined> = {
  kind: "decide",
  name: "decide-authorization",
  system: null,
  guard: (state) => {
    if (undecided(state).length === 0)
      return authorizedLines(state).length > 0 ? { skip: "every line is decided" } : { end: "no line is authorized" };
    return undecided(state).every((line) => verdictOf(state, line) === "WAITS")
      ? { end: "an approval is still open" }
      : "go";
  },
  decide: (state, _, run) => decideLines(state, undecided(state), run),
};

export const authorizedLines = (state: ReturnState): LineState[] =>
  state.lines.filter((line) => authorizedOf(line).gt(0));
/** Of the request; those that were added once it was being told are amend-return's. */
export const undecided = (state: ReturnState): LineState[] => (isBegun(state) ? [] : undecidedLines(state));
/** Lines that were added to what is being told. */
export const undecidedSince = (state: ReturnState): LineState[] => (isBegun(state) ? undecidedLines(state) : []);
const undecidedLines = ({ lines }: ReturnState): LineState[] =>
  lines.filter((line) => !line.authorizedAt && undecidedQuantity(line).gt(0));
export const awaitsApproval = (state: ReturnState): boolean => undecided(state).length > 0;

const approvalsOf = (state: ReturnState, line: LineState): ApprovalState[] =>
  state.approvals.filter(
    ({ subject, status }) =>
      "lineIds" in subject && subject.lineIds.includes(line.id) && status !== "VOIDED" && status !== "EXPIRED",
  );

export type LineVerdict = "GRANT" | "DECLINE" | "ASK" | "WAITS";
export function verdictOf(state: ReturnState, line: LineState): LineVerdict {
  const { decision, approvalKinds } = line.evaluated!;
  const kinds = decision === "AUTO" ? [] : approvalKinds;
  if (decision === "AUTO") return "GRANT";
  if (kinds.length === 0) return "DECLINE";
  const asked = approvalsOf(state, line);
  if (asked.some(({ status }) => status === "DECLINED")) return "DECLINE";
  if (kinds.some((kind) => !asked.some((approval) => approval.kind === kind))) return "ASK";
  return asked.every(({ status }) => status === "APPROVED") ? "GRANT" : "WAITS";
}

/** Grants, declines and asks about these lines. */
export function decideLines(state: ReturnState, lines: readonly LineState[], run: Run): Decision {
  const by = Map.groupBy(lines, (line) => verdictOf(state, line));
  const policyVersion = run.policies.version;
  const facts: NewFact[] = [];
  const granted = by.get("GRANT") ?? [];
  if (granted.length > 0)
    facts.push({
      kind: "return.authorized",
      data: {
        lines: granted.map((line) => ({ lineId: line.id, quantity: grantOf(line) })),
        expiresAt: endOfDayIn(state.companyId, run.now, VALID_DAYS),
        policyVersion,
      },
    });
  const declined = by.get("DECLINE") ?? [];
  if (declined.length > 0)
    facts.push({
      kind: "return.declined",
      data: { lines: declined.map((line) => ({ lineId: line.id, ...whyDeclined(state, line) })), policyVersion },
    });
  facts.push(
    ...(by.get("ASK") ?? []).flatMap((line) => approvals(line, approvalsOf(state, line), state.companyId, run)),
  );
  const anything = granted.length > 0 || authorizedLines(state).length > 0;
  const waits = (by.get("ASK") ?? []).length + (by.get("WAITS") ?? []).length > 0;
  return { facts, then: anything && !waits ? "on" : "end" };
}

/** Not more than was returnable when the ERP's history became known. */
const grantOf = (line: LineState) =>
  exactAmount(line, least(new Fraction(line.requested), new Fraction(line.evaluated!.returnableBase)));

function whyDeclined(state: ReturnState, line: LineState): { reason: string; ruleId: string | null } {
  if (approvalsOf(state, line).some(({ status }) => status === "DECLINED"))
    return { reason: "APPROVAL_DECLINED", ruleId: null };
  const [reason] = line.evaluated!.reasons;
  return { reason: reason?.code ?? "NO_RECORD_OF_SALE", ruleId: reason?.ruleId ?? null };
}

/** What an approval of a line binds to (W-08). */
export const decisionHash = (line: LineState, { policies }: Run): string =>
  hashOf([
    ...[line.id, line.requested, line.reasonCode, line.evaluated!.decision, line.evaluated!.reasons, policies.version],
    ...(line.authorizedAt ? [line.amendedVersion] : []),
  ]);

/** The questions about a line that were not asked yet, one for each tier. */
export function approvals(line: LineState, asked: readonly ApprovalState[], companyId: string, run: Run): NewFact[] {
  const { approvalKinds, reasons } = line.evaluated!;
  return approvalKinds
    .filter((kind) => !asked.some((approval) => approval.kind === kind))
    .flatMap((kind) => run.policies.requiredApprovals({ kind }).map((tier) => ({ kind, tier })))
    .map(({ kind, tier }) => ({
      kind: "approval.requested",
      data: {
        approvalId: newId("apr"),
        kind,
        tier: tier.tier,
        requiredRole: tier.requiredRole,
        amount: null,
        threshold: tier.threshold,
        subject: { lineIds: [line.id] },
        decisionHash: decisionHash(line, run),
        reasons,
        expiresAt: businessDaysIn(companyId, run.now, 5),
      },
    }));
}
