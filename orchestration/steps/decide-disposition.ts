import { Fraction, least, sum, zero } from "#shared/decimal.ts";
import { hashOf } from "#shared/hash.ts";
import { newId } from "#shared/ids.ts";
import { businessDaysIn } from "#shared/calendar.ts";
import { dispositionOf, inspectionById, rootOf } from "../dispositions.ts";
import { BEYOND, inCompanyCurrency, isForeign, readExchangeRate } from "../exchange-rates.ts";
import type { ExchangeRate, NewFact } from "../facts-vocabulary.ts";
import {
  countedBase,
  exactAmount,
  lineById,
  receiptLineById,
  receiptOfLine,
  undisposed,
  wasResolved,
} from "../goods.ts";
import type { Policies, Tier } from "../policies/policies.ts";
import { replacedShares } from "../quantities.ts";
import type { ApprovalState, DispositionState, InspectionState, LineState, ReturnState } from "../return-state.ts";
import { dispositionsOf } from "../status.ts";
import type { DecidingStep, Guard, Run } from "../step.ts";

/** What becomes of the inspected units, by the disposition table; damaged goods of value wait for a supervisor first. */
export const decideDisposition: DecidingStep<ExchangeRate | null | undefined> = {
  kind: "decide",
  name: "decide-disposition",
  system: "erp",
  guard: (state, run) => {
    const inspection = inspectionById(state, run.subject)!;
    const standing = dispositionsOf(state, inspection.inspectionId);
    if (isAskedAnew(state, inspection)) return "go";
    if (standing.length > 0 && undisposed(state, inspection).lte(0))
      return pendingOf(state, inspection)
        ? { end: "an approval is still open" }
        : stillFits(state, inspection, standing, run);
    if (countedBase(state, inspection).equals(0)) return { end: "these units wait for the task of their discrepancy" };
    return pendingOf(state, inspection) ? { end: "an approval is still open" } : "go";
  },
  mustRead: (state, run) => {
    const inspection = inspectionById(state, run.subject)!;
    const goods = { state, inspection, line: lineOf(state, inspection)!, exchangeRate: null };
    return isForeign(state) && approvalsOf(state, inspection).length === 0 && !!damagedGoodsTier(goods, run.policies);
  },
  read: readExchangeRate,
  decide: (state, exchangeRate, run) => {
    const inspection = inspectionById(state, run.subject)!;
    const line = lineOf(state, inspection)!;
    const asked = damagedGoods({ state, inspection, line, exchangeRate }, run);
    if (asked) return { facts: [asked], then: "end" };
    if (undisposed(state, inspection).lte(0)) return { facts: [] };
    const parts = run.systems.erpOf(state.companyId).stockBeforeCredit
      ? [{ units: undisposed(state, inspection) }]
      : partsOf(state, inspection, line);
    const facts = parts.map((part) => decided(state, { inspection, line, part, policies: run.policies }));
    return { facts: facts.map(({ kind, data }) => ({ kind, data: exchangeRate ? { ...data, exchangeRate } : data })) };
  },
};

const lineOf = (state: ReturnState, { receiptLineId }: InspectionState): LineState | undefined =>
  lineById(state, receiptLineById(state, receiptLineId)!.returnLineId);

/** A later revision that says the same changes nothing; one that says something else is a person's to decide, for the warehouse was told already (W-07). */
function stillFits(state: ReturnState, inspection: InspectionState, standing: DispositionState[], run: Run): Guard {
  const line = lineById(state, standing[0]!.returnLineId)!;
  const { code, quantity } = dispositionFor(state, inspection, line, run.policies);
  const decided = exactAmount(line, sum(standing.map((one) => new Fraction(one.quantity.base))));
  const same =
    standing[0]!.inspectionId === inspection.inspectionId ||
    (standing.every((one) => rootOf(state, one).code === code) && quantity.base === decided.base);
  const task = {
    code: "DISPUTED_INSPECTION" as const,
    summary: `${state.rmaNumber} was inspected again: ${quantity.value} ${quantity.unit} would be ${code}, but ${decided.value} ${decided.unit} ${standing[0]!.code} was decided on the earlier result.`,
    cause: `inspection-after-disposition:${inspection.inspectionId}`,
  };
  return same || wasResolved(state, task) ? { skip: "decided before" } : { task };
}

const approvalsOf = (state: ReturnState, { inspectionId }: InspectionState): ApprovalState[] =>
  state.approvals.filter(({ subject }) => "inspectionId" in subject && subject.inspectionId === inspectionId);
/** What was approved is decided otherwise by now (W-08). Not after a credit of it: that is paid on what was approved. */
function isAskedAnew(state: ReturnState, inspection: InspectionState): boolean {
  const asked = approvalsOf(state, inspection);
  return asked.length > 0 && asked.every(({ status }) => status === "VOIDED");
}
const pendingOf = (state: ReturnState, inspection: InspectionState): boolean =>
  approvalsOf(state, inspection).some(({ status }) => status === "PENDING");

function dispositionFor(state: ReturnState, inspection: InspectionState, line: LineState, policies: Policies) {
  const posted = line.posted!;
  const chosen = policies.chooseDisposition({
    grade: inspection.grade,
    rejected: new Fraction(inspection.percent).equals(0),
    hazardous: posted.hazardous,
    supplierOwned: posted.supplierOwned,
    supplierProgramme: posted.supplierProgramme,
    recalled: posted.recalled,
  });
  return { ...chosen, quantity: exactAmount(line, countedBase(state, inspection)) };
}

type Part = { units: Fraction; replaced?: true };

/** Where memos bring goods in, what a memo brings and what a replacement goes out for take two ways into the ERP (D-02). */
function partsOf(state: ReturnState, inspection: InspectionState, line: LineState): Part[] {
  const units = undisposed(state, inspection);
  const { receiptLineId, percent } = inspection;
  const told = state.dispositions.filter(
    (one) => one.replaced && !one.superseded && one.receiptLineId === receiptLineId,
  );
  const share = replacedShares(state, line).get(receiptLineId)?.replaced ?? zero;
  const said = sum(told.map(({ quantity }) => new Fraction(quantity.base)));
  // Of more than go out again the replacement was given up, and they are credited.
  const left = share.gte(said) ? share.sub(said) : share;
  const replaced = new Fraction(percent).gt(0) ? least(units, left) : zero;
  const parts: Part[] = [{ units: units.sub(replaced) }, { units: replaced, replaced: true }];
  return parts.filter((part) => part.units.gt(0));
}

function decided(
  state: ReturnState,
  {
    inspection,
    line,
    part,
    policies,
  }: { inspection: InspectionState; line: LineState; part: Part; policies: Policies },
): Extract<NewFact, { kind: "disposition.decided" }> {
  const { code, ruleId, policyVersion } = dispositionFor(state, inspection, line, policies);
  const quantity = exactAmount(line, part.units);
  return {
    kind: "disposition.decided",
    data: {
      dispositionId: newId("dsp"),
      inspectionId: inspection.inspectionId,
      receiptLineId: inspection.receiptLineId,
      returnLineId: line.id,
      code,
      quantity,
      warehouse: receiptOfLine(state, inspection.receiptLineId)!.warehouse,
      ruleId,
      policyVersion,
      ...(part.replaced ? { replaced: true as const } : {}),
    },
  };
}

/** `exchangeRate` is of no account in the company's own currency; null where none is known. */
type Goods = {
  state: ReturnState;
  inspection: InspectionState;
  line: LineState;
  exchangeRate: ExchangeRate | null | undefined;
};

/** Who has to approve what is paid for damaged goods of value (D-22); nobody for the others. */
function damagedGoodsTier({ state, inspection, line, exchangeRate }: Goods, policies: Policies): Tier | undefined {
  const { lineNet, invoicedBase } = line.posted!;
  const amount = new Fraction(lineNet).mul(countedBase(state, inspection)).div(invoicedBase);
  const net = inCompanyCurrency(state, amount, exchangeRate) ?? BEYOND;
  const { grade, percent } = inspection;
  return policies.requiredApprovals({ kind: "DAMAGED_GOODS", grade, percent, net })[0];
}

/**
 * How the approval of damaged goods stands, asked for or not yet: their credit waits for it as their disposition does (PA-08). In another currency than
 * the company's it is the disposition that knows the rate: the credit waits for it.
 */
export function damagedGoodsApproval(
  state: ReturnState,
  inspection: InspectionState,
  policies: Policies,
): "NONE" | "WAITS" | "APPROVED" | "DECLINED" {
  const line = lineOf(state, inspection);
  if (!line?.posted || !damagedGoodsTier({ state, inspection, line, exchangeRate: null }, policies)) return "NONE";
  const statuses = approvalsOf(state, inspection).map(({ status }) => status);
  if (statuses.includes("DECLINED")) return "DECLINED";
  if (statuses.includes("APPROVED")) return "APPROVED";
  const { inspectionId } = inspection;
  const settled = statuses.length === 0 && dispositionOf(state, inspectionId)?.inspectionId === inspectionId;
  return isForeign(state) && settled ? "NONE" : "WAITS";
}

/** The approval of kind DAMAGED_GOODS, when its table asks for one and nobody has decided it yet. */
function damagedGoods(goods: Goods, { policies, now }: Run): NewFact | null {
  const { state, inspection } = goods;
  if (
    approvalsOf(state, inspection).some(
      ({ status }) => status === "PENDING" || status === "APPROVED" || status === "DECLINED",
    )
  )
    return null;
  const tier = damagedGoodsTier(goods, policies);
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
        dispositionsOf(state, inspection.inspectionId).map(({ code, quantity }) => [code, quantity.base]),
      ]),
      reasons: [
        {
          code: "DAMAGED_GOODS",
          message: `Grade ${inspection.grade} at ${inspection.percent} % of valuable goods.`,
          ...(tier.threshold === null ? {} : { amounts: `They are worth ${tier.threshold} or more.` }),
          ruleId: tier.ruleId,
        },
      ],
      expiresAt: businessDaysIn(state.companyId, now, 5),
    },
  };
}
