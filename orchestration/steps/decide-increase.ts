import { endOfDayIn } from "#shared/calendar.ts";
import { Fraction, least } from "#shared/decimal.ts";
import type { NewFact } from "../facts-vocabulary.ts";
import { exactAmount } from "../goods.ts";
import { overParts } from "../over-receipts.ts";
import { authorizedOf } from "../quantities.ts";
import type { ApprovalState, LineState, ReturnState } from "../return-state.ts";
import type { DecidingStep, Run } from "../step.ts";
import { accepted } from "./decide-over-receipt.ts";
import {
  approvals,
  decideLines,
  decisionHash,
  type LineVerdict,
  undecidedSince,
  VALID_DAYS,
  verdictOf as lineVerdictOf,
} from "./decide-authorization.ts";

/**
 * Grants, declines or asks for approval of what was amended up, and of lines that were added; what else was amended goes on meanwhile. What was approved before
 * counts for nothing more (W-08).
 */
export const decideIncrease: DecidingStep<undefined> = {
  kind: "decide",
  name: "decide-increase",
  system: null,
  guard: (state, run) => {
    const verdicts = [
      ...increased(state).map((line) => verdictOf(state, line, run)),
      ...undecidedSince(state).map((line) => lineVerdictOf(state, line)),
    ];
    if (verdicts.length === 0) return { skip: "nothing more is asked for" };
    return verdicts.every((verdict) => verdict === "WAITS") ? { skip: "an approval is still open" } : "go";
  },
  decide: (state, _, run) => ({
    facts: [...decideIncreases(state, run), ...decideLines(state, undecidedSince(state), run).facts],
  }),
};

const increased = ({ lines }: ReturnState): LineState[] =>
  lines.filter(({ authorizedAt, pendingIncrease }) => authorizedAt && new Fraction(pendingIncrease).gt(0));

/** Approvals of this very increase. */
const asked = (state: ReturnState, line: LineState, run: Run): ApprovalState[] =>
  state.approvals.filter(
    ({ subject, status, decisionHash: hash }) =>
      "lineIds" in subject &&
      subject.lineIds.includes(line.id) &&
      status !== "VOIDED" &&
      status !== "EXPIRED" &&
      hash === decisionHash(line, run),
  );

function verdictOf(state: ReturnState, line: LineState, run: Run): LineVerdict {
  const { decision, approvalKinds: kinds } = line.evaluated!;
  if (decision === "AUTO") return room(line).gt(0) ? "GRANT" : "DECLINE";
  if (decision === "REFUSED" || kinds.length === 0) return "DECLINE";
  const about = asked(state, line, run);
  if (about.some(({ status }) => status === "DECLINED")) return "DECLINE";
  if (kinds.some((kind) => !about.some((approval) => approval.kind === kind))) return "ASK";
  if (!about.every(({ status }) => status === "APPROVED")) return "WAITS";
  return room(line).gt(0) ? "GRANT" : "DECLINE";
}

/** Of the increase, as much as is returnable. */
const room = (line: LineState): Fraction =>
  least(new Fraction(line.pendingIncrease), new Fraction(line.evaluated!.returnableBase).sub(authorizedOf(line)));

function decideIncreases(state: ReturnState, run: Run): NewFact[] {
  const by = Map.groupBy(increased(state), (line) => verdictOf(state, line, run));
  const declined = by.get("DECLINE") ?? [];
  const policyVersion = run.policies.version;
  return [
    ...granted(state, by.get("GRANT") ?? [], run),
    ...(declined.length > 0
      ? [
          {
            kind: "return.declined" as const,
            data: { lines: declined.map((line) => whyDeclined(state, line, run)), policyVersion },
          },
        ]
      : []),
    ...(by.get("ASK") ?? []).flatMap((line) => approvals(line, asked(state, line, run), state.companyId, run)),
  ];
}

function granted(state: ReturnState, lines: readonly LineState[], run: Run): NewFact[] {
  const expiresAt = endOfDayIn(state.companyId, run.now, VALID_DAYS);
  const policyVersion = run.policies.version;
  const parts = lines.map((line) => ({ line, ...split(state, line, run) }));
  const plain = parts.filter(({ rest }) => rest.gt(0));
  return [
    ...(plain.length > 0
      ? [
          {
            kind: "return.authorized" as const,
            data: {
              lines: plain.map(({ line, rest }) => ({ lineId: line.id, quantity: exactAmount(line, rest) })),
              ...{ expiresAt, policyVersion },
            },
          },
        ]
      : []),
    ...parts.flatMap(({ line, over }) =>
      over.flatMap(({ receiptLineId, base }): NewFact[] => [
        {
          kind: "return.authorized",
          data: {
            lines: [{ lineId: line.id, quantity: exactAmount(line, base) }],
            ...{ expiresAt, policyVersion },
            over: { receiptLineId, approvalId: null },
          },
        },
        ...accepted(state, line, receiptLineId, base),
      ]),
    ),
  ];
}

/** What came over while the increase was being decided is let in with it, by an authorization of its own where the first one is in the ERP already. */
function split(state: ReturnState, line: LineState, { systems }: Run) {
  let rest = room(line);
  const isFirst = systems.erpOf(state.companyId).mode === "return-order" && !state.erpAuthorization;
  const over = (isFirst ? [] : overParts(state, line)).flatMap(({ receiptLine: { receiptLineId }, base }) => {
    const taken = least(base, rest);
    rest = rest.sub(taken);
    return taken.gt(0) ? [{ receiptLineId, base: taken }] : [];
  });
  return { over, rest };
}

function whyDeclined(state: ReturnState, line: LineState, run: Run) {
  if (asked(state, line, run).some(({ status }) => status === "DECLINED"))
    return { lineId: line.id, reason: "APPROVAL_DECLINED", ruleId: null };
  const [why] = line.evaluated!.reasons;
  return { lineId: line.id, reason: why?.code ?? "ALREADY_RETURNED", ruleId: why?.ruleId ?? "EL-02" };
}
