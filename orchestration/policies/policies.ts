import type { ErpItem } from "#adapters/erp/port.ts";
import type { Fraction } from "#shared/decimal.ts";
import type { EvaluatedLine, PostedFacts } from "../facts-vocabulary.ts";

/** What the decision tables say (vocabulary sections 2, 5 and 10). Every answer names the rule; the version changes with any table. */
export type Policies = {
  /** `2026.1` and a hash of the tables. */
  version: string;
  evaluateEligibility(line: EligibilityInput): Eligibility;
  /** What a grade is worth (D-13): percent as "90"; a reason that is not known counts as ours. */
  judgeGrade(input: { grade: string; reasonCode: string | null }): Ruled & { percent: string };
  chooseDisposition(input: DispositionInput): Ruled & { code: string };
  /** RESTOCKING as percent of net; "0" for none. */
  chooseFee(input: { customerNumber: string; reasonCode: string; grade: string }): Ruled & { percent: string };
  chooseWarehouse(input: {
    companyId: string;
    shippedFrom: string | null;
    supplierOwned: boolean;
  }): Ruled & { warehouse: string };
  /** Tiers that have to approve, lowest first; none when nobody has to. Amounts in the company's currency. */
  requiredApprovals(input: ApprovalInput): Tier[];
};

export type Ruled = { ruleId: string; policyVersion: string };
export type EligibilityInput = {
  companyId: string;
  customerNumber: string;
  item: ErpItem;
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
  today: string;
};
export type Eligibility = Pick<EvaluatedLine, "decision" | "reasons" | "approvalKinds" | "windowEndsAt">;
export type DispositionInput = {
  grade: string;
  rejected: boolean;
  hazardous: boolean;
  supplierOwned: boolean;
  supplierProgramme: boolean;
  recalled: boolean;
};
export type ApprovalInput = { kind: string; net?: Fraction; grade?: string; percent?: string };
export type Tier = { tier: number; requiredRole: string; threshold: string | null; ruleId: string };
