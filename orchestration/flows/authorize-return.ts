import type { Flow } from "../step.ts";
import { chooseLabel } from "../steps/choose-label.ts";
import { chooseWarehouse } from "../steps/choose-warehouse.ts";
import { createErpAuthorization } from "../steps/create-erp-authorization.ts";
import { decideAuthorization } from "../steps/decide-authorization.ts";
import { evaluatePolicy } from "../steps/evaluate-policy.ts";
import { instructWarehouse } from "../steps/instruct-warehouse.ts";
import { issueLabel } from "../steps/issue-label.ts";

/** From a request to goods that may come. The label is bought before the warehouse is told, so that it knows the parcel. */
export const authorizeReturn: Flow = {
  name: "authorize-return",
  version: 1,
  lane: "goods",
  ignoresCancel: false,
  steps: [
    evaluatePolicy,
    decideAuthorization,
    chooseWarehouse,
    chooseLabel,
    issueLabel,
    instructWarehouse,
    createErpAuthorization,
  ],
};
