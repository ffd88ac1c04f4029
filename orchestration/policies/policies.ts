import type { EvaluatedLine, LabelKind, PostedFacts } from "#orchestration/facts-vocabulary.ts";
import { reasonOf, type FaultParty, type FreightPayer } from "#shared/codes.ts";
import { Fraction } from "#shared/decimal.ts";
import { warehouses } from "#shared/places.ts";
import { estimateCredit, evaluateEligibility } from "./evaluate-eligibility.ts";
import { loadPolicyTables, type PolicyTables } from "./policy-tables.ts";

export { PolicyMistakes } from "./policy-tables.ts";

/** What the decision tables say (vocabulary sections 2, 5 and 10). Every answer names the rule; the version changes with any table (PA-14). */
export type Policies = {
  /** `2026.1+` and a hash of the tables. */
  version: string;
  /** May a line come back? Every rule that fits adds its reason, the worst decides. */
  evaluateEligibility(line: EligibilityInput): Eligibility;
  /** What a quantity would come to at grade A: net, less the fee, with tax; an amount in the order's currency. */
  estimateCredit(
    line: Pick<EligibilityInput, "customerNumber" | "reasonCode" | "posted" | "requested" | "returnable">,
  ): string;
  /** What a grade is worth (D-13): percent as "90"; a reason that is not known counts as ours. Throws RangeError for a grade that isn't one. */
  judgeGrade(input: { grade: string; reasonCode: string | null }): Ruled & { percent: string };
  chooseDisposition(input: DispositionInput): Ruled & { code: string };
  /** RESTOCKING as percent of net; "0" for none. */
  chooseFee(input: { customerNumber: string; reasonCode: string; grade: string }): Ruled & { percent: string };
  /** REPACKING: what a broken case costs, once per line; "0.00" for nothing. */
  chooseRepacking(input: { reasonCode: string; brokenCase: boolean }): Ruled & { amount: string };
  /** Who pays for sending the goods back. */
  choosePayer(reasonCode: string): Ruled & { payer: FreightPayer };
  /** What label of ours goods come back on (D-37); the weight is that of all of them, null while it is not known. */
  chooseLabel(input: LabelInput): Ruled & { kind: LabelKind };
  /** Throws RangeError when no site of the company takes returns. */
  chooseWarehouse(input: {
    companyId: string;
    shippedFrom: string | null;
    supplierOwned: boolean;
  }): Ruled & { warehouse: string };
  /** Tiers that have to approve, lowest first; none when nobody has to. Amounts in the company's currency. */
  requiredApprovals(input: ApprovalInput): Tier[];
  /** How credits are put together in memos (D-19). */
  groupMemos(
    customerSays: "PER_RETURN" | "PER_DAY" | null,
  ): Ruled & { grouping: "PER_RECEIPT" | "PER_RETURN" | "PER_DAY" };
  /** Whether other goods may go out in place of those that come back (PA-06). */
  mayReplace(input: { reasonCode: string; withoutGoods: boolean }): Ruled & { replace: boolean };
  /** Whether a return opens a service case of its own (D-31). */
  openCase(input: { channel: string; caseGiven: boolean }): Ruled & { deed: "NONE" | "LINK_ONLY" | "CREATE" };
};

export type Ruled = { ruleId: string; policyVersion: string };
export type EligibilityInput = {
  companyId: string;
  customerNumber: string;
  item: { returnable: boolean; doNotShipBack?: boolean; regulated?: boolean };
  posted: PostedFacts;
  /** Base units. */
  requested: Fraction;
  returnable: Fraction;
  /** Null: somebody asks before there is a reason. */
  reasonCode: string | null;
  conditionClaimed: string | null;
  serialNumbers: string[];
  brokenCase: boolean;
  /** Turns a refusal that may be lifted into an APPROVAL of kind POLICY_EXCEPTION. */
  requestException: boolean;
  /** The site's calendar day (D-26). */
  today: string;
  /** Last day of the warranty; absent while no system says it. */
  warrantyEndsOn?: string;
  suspicious?: boolean;
};
export type Eligibility = Pick<EvaluatedLine, "decision" | "reasons" | "approvalKinds" | "windowEndsAt">;
export type LabelInput = {
  reasonCode: string;
  /** No goods come, or not to us. */
  withoutGoods: boolean;
  hazardous: boolean;
  /** UN number and packing group are known. */
  hazardData: boolean;
  weightKg: Fraction | null;
};
export type DispositionInput = {
  grade: string;
  rejected: boolean;
  hazardous: boolean;
  supplierOwned: boolean;
  supplierProgramme: boolean;
  recalled: boolean;
};
export type ApprovalInput = {
  kind: string;
  net?: Fraction;
  grade?: string;
  percent?: string;
  percentRaised?: boolean;
  crossShip?: boolean;
};
export type Tier = { tier: number; requiredRole: string; threshold: string | null; ruleId: string };

/** The house's policies from the tables of a folder; the ones beside this file unless told otherwise. Throws PolicyMistakes. */
export const loadPolicies = (folder?: string): Policies => policiesOf(loadPolicyTables(folder));

function policiesOf(tables: PolicyTables): Policies {
  const policyVersion = tables.version;
  const first = (decision: string, input: Parameters<PolicyTables["first"]>[1]) => {
    const { ruleId, then } = tables.first(decision, input);
    return { then, ruled: { ruleId, policyVersion } };
  };
  const chooseFee: Policies["chooseFee"] = ({ customerNumber, reasonCode, grade }) => {
    const { then, ruled } = first("fees", {
      customer: customerNumber,
      fault: reasonOf(reasonCode).fault,
      reason: reasonCode,
      grade,
    });
    return { percent: String(then.fee), ...ruled };
  };
  return {
    version: policyVersion,
    evaluateEligibility: (line) => evaluateEligibility(tables, line),
    estimateCredit: (line) => estimateCredit(chooseFee, line),

    judgeGrade: ({ grade, reasonCode }) => {
      const { then, ruled } = first("grades", {
        grade,
        fault: faultOf(reasonCode),
        core: reasonCode === "CORE_RETURN",
      });
      return { percent: String(then.percent), ...ruled };
    },

    chooseDisposition: (goods) => {
      const { then, ruled } = first("dispositions", goods);
      return { code: String(then.disposition), ...ruled };
    },

    chooseFee,

    chooseRepacking: ({ reasonCode, brokenCase }) => {
      const { then, ruled } = first("repacking", { fault: faultOf(reasonCode), brokenCase });
      return { amount: String(then.amount), ...ruled };
    },

    choosePayer: (reasonCode) => {
      const { then, ruled } = first("freight", { reason: reasonCode, fault: faultOf(reasonCode) });
      return { payer: String(then.payer) as FreightPayer, ...ruled };
    },

    chooseLabel: ({ reasonCode, withoutGoods, hazardous, hazardData, weightKg }) => {
      const { payer } = first("freight", { reason: reasonCode, fault: faultOf(reasonCode) }).then;
      const { then, ruled } = first("labels", {
        shipsOwnWay: withoutGoods || payer !== "US",
        hazardous,
        hazardData,
        weightKg: weightKg ? weightKg.valueOf() : null,
      });
      return { kind: String(then.label) as LabelKind, ...ruled };
    },

    chooseWarehouse: ({ companyId, shippedFrom, supplierOwned }) => {
      const sites = warehouses
        .filter((site) => site.companyId === companyId && site.takesReturns)
        .map(({ code }) => code);
      const origin = sites.find((code) => code === shippedFrom);
      const { ruled } = first("warehouse", {
        dropShip: false,
        supplierOwned,
        originTakesReturns: origin !== undefined,
      });
      const warehouse = origin ?? sites[0];
      if (!warehouse) throw new RangeError(`No site of ${companyId} takes returns.`);
      return { warehouse, ...ruled };
    },

    requiredApprovals: ({ kind, net, grade, percent, percentRaised = false, crossShip = false }) => {
      const credited = percent !== undefined && new Fraction(percent).gt(0);
      const input = {
        kind,
        amount: net ? net.valueOf() : null,
        grade: grade ?? null,
        credited,
        raised: percentRaised,
        crossShip,
      };
      return tables
        .all("approvals", input)
        .map(tierOf)
        .toSorted((a, b) => a.tier - b.tier);
    },

    groupMemos: (customerSays) => {
      const { then, ruled } = first("memos", { customerSays });
      return { grouping: String(then.grouping) as "PER_RECEIPT" | "PER_RETURN" | "PER_DAY", ...ruled };
    },

    mayReplace: ({ reasonCode, withoutGoods }) => {
      const { then, ruled } = first("replacements", { withoutGoods, reason: reasonCode, fault: faultOf(reasonCode) });
      return { replace: then.replace === true, ...ruled };
    },

    openCase: (asked) => {
      const { then, ruled } = first("cases", asked);
      return { deed: String(then.case) as "NONE" | "LINK_ONLY" | "CREATE", ...ruled };
    },
  };
}

const faultOf = (reasonCode: string | null): FaultParty => (reasonCode ? reasonOf(reasonCode).fault : "US");

const tierOf = ({ ruleId, then }: ReturnType<PolicyTables["all"]>[number]): Tier => ({
  tier: Number(then.tier),
  requiredRole: String(then.role),
  threshold: then.threshold === null ? null : String(then.threshold),
  ruleId,
});
