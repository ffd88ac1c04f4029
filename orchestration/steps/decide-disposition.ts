import { Fraction } from "#shared/decimal.ts";
import { hashOf } from "#shared/hash.ts";
import { newId } from "#shared/ids.ts";
import { businessDaysIn } from "#shared/calendar.ts";
import type { NewFact } from "../facts-vocabulary.ts";
import { countedBase, exactAmount, lineById, receiptLineById, receiptOfLine } from "../goods.ts";
import type { Policies } from "../policies/policies.ts";
import type { ApprovalState, InspectionState, LineState, ReturnState } from "../return-state.ts";
import type { DecidingStep, Run } from "../step.ts";
import { inspectionById } from "./judge-inspection.ts";

/** What becomes of the inspected units, by the disposition table; damaged goods of value wait for a supervisor first. */
export const decideDisposition: DecidingStep<undefined> = {
  kind: "decide",
  name: "decide-disposition",
  system: null,
  guard: (state, run) => {
    const inspection = inspectionById(state, run.subject)!;
    if (dispositionOf(state, inspection.inspectionId)) return { skip: "decided before" };
    if (countedBase(state, inspection).equals(0)) return { end: "these units wait for the task of their discrepancy" };
    return pendingOf(state, inspection) ? { end: "an approval is still open" } : "go";
  },
  decide: (state, _, run) => {
    const inspection = inspectionById(state, run.subject)!;
    const line = lineById(state, receiptLineById(state, inspection.receiptLineId)!.returnLineId)!;
    const asked = damagedGoods(state, inspection, line, run);
    if (asked) return { facts: [asked], then: "end" };
    return { facts: [decided(state, inspection, line, run.policies)] };
  },
};

export const dispositionOf = (state: ReturnState, inspectionId: string) =>
  state.dispositions.find((disposition) => !disposition.superseded && disposition.inspectionId === inspectionId);

const approvalsOf = (state: ReturnState, { inspectionId }: InspectionState): ApprovalState[] =>
  state.approvals.filter(({ subject }) => "inspectionId" in subject && subject.inspectionId === inspectionId);
const pendingOf = (state: ReturnState, inspection: InspectionState): boolean =>
  approvalsOf(state, inspection).some(({ status }) => status === "PENDING");

function decided(state: ReturnState, inspection: InspectionState, line: LineState, policies: Policies): NewFact {
  const posted = line.posted!;
  const { code, ruleId, policyVersion } = policies.chooseDisposition({
    grade: inspection.grade,
    rejected: new Fraction(inspection.percent).equals(0),
    hazardous: posted.hazardous,
    supplierOwned: posted.supplierOwned,
    supplierProgramme: posted.supplierProgramme,
    recalled: posted.recalled,
  });
  return {
    kind: "disposition.decided",
    data: {
      dispositionId: newId("dsp"),
      inspectionId: inspection.inspectionId,
      receiptLineId: inspection.receiptLineId,
      returnLineId: line.id,
      code,
      quantity: exactAmount(line, countedBase(state, inspection)),
      warehouse: receiptOfLine(state, inspection.receiptLineId)!.warehouse,
      ruleId,
      policyVersion,
    },
  };
}

/** The approval of kind DAMAGED_GOODS, when its table asks for one and nobody has decided it yet. */
function damagedGoods(
  state: ReturnState,
  inspection: InspectionState,
  line: LineState,
  { policies, now }: Run,
): NewFact | null {
  if (approvalsOf(state, inspection).length > 0) return null;
  const posted = line.posted!;
  const net = new Fraction(posted.lineNet).mul(countedBase(state, inspection)).div(posted.invoicedBase);
  const [tier] = policies.requiredApprovals({
    kind: "DAMAGED_GOODS",
    grade: inspection.grade,
    percent: inspection.percent,
    net,
  });
  if (!tier) return null;
  return {
    kind: "approval.requested",
    data: {
      approvalId: newId("apr"),
      kind: "DAMAGED_GOODS",
      tier: tier.tier,
      requiredRole: tier.requiredRole,
      amount: null,
      threshold: tier.threshold,
      subject: { inspectionId: inspection.inspectionId },
      decisionHash: hashOf([
        inspection.inspectionId,
        inspection.grade,
        inspection.quantity,
        inspection.percent,
        inspection.policyVersion,
      ]),
      reasons: [
        {
          code: "DAMAGED_GOODS",
          message: `Grade ${inspection.grade} at ${inspection.percent} % of goods worth ${tier.threshold} or more.`,
          ruleId: tier.ruleId,
        },
      ],
      expiresAt: businessDaysIn(state.companyId, now, 5),
    },
  };
}
