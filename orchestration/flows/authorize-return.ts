import type { Flow } from "../step.ts";
import { chooseWarehouse } from "../steps/choose-warehouse.ts";
import { createErpAuthorization } from "../steps/create-erp-authorization.ts";
import { decideAuthorization } from "../steps/decide-authorization.ts";
import { evaluatePolicy } from "../steps/evaluate-policy.ts";
import { instructWarehouse } from "../steps/instruct-warehouse.ts";

/** From a request to goods that may come. A label (L, P) goes in before the warehouse is told. */
export const authorizeReturn: Flow = {
  name: "authorize-return",
  version: 1,
  lane: "goods",
  ignoresCancel: false,
  steps: [evaluatePolicy, decideAuthorization, chooseWarehouse, instructWarehouse, createErpAuthorization],
};
