import type { Flow } from "../step.ts";
import { changeErpAuthorization } from "../steps/change-erp-authorization.ts";
import { decideIncrease } from "../steps/decide-increase.ts";
import { issueLabel } from "../steps/issue-label.ts";
import { reEvaluate } from "../steps/re-evaluate.ts";
import { reInstructWarehouse } from "../steps/re-instruct-warehouse.ts";
import { replaceLabel } from "../steps/replace-label.ts";
import { voidReplacedLabel } from "../steps/void-label.ts";

/** What was asked for otherwise, or will not come, is told to whoever expects it. The new label is bought before the warehouse is told, and before the old one is void. */
export const amendReturn: Flow = {
  name: "amend-return",
  version: 1,
  lane: "goods",
  ignoresCancel: false,
  steps: [
    reEvaluate,
    decideIncrease,
    replaceLabel,
    issueLabel,
    reInstructWarehouse,
    voidReplacedLabel,
    changeErpAuthorization,
  ],
};
