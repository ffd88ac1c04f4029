import type { Flow } from "../step.ts";
import { amendErpAuthorization } from "../steps/amend-erp-authorization.ts";
import { changeErpAuthorization } from "../steps/change-erp-authorization.ts";
import { checkReceipt } from "../steps/check-receipt.ts";
import { decideOverReceipt } from "../steps/decide-over-receipt.ts";
import { extendErpAuthorization } from "../steps/extend-erp-authorization.ts";
import { fixErpAuthorization } from "../steps/fix-erp-authorization.ts";
import { postStockCorrection } from "../steps/post-stock-correction.ts";
import { placeSerials } from "../steps/place-serials.ts";
import { postStockIn } from "../steps/post-stock-in.ts";

/** Goods that came, into the ERP's quarantine. The inspection queue is the warehouse's own: the return instruction said inspect. */
export const takeInReceipt: Flow = {
  name: "take-in-receipt",
  version: 1,
  lane: "goods",
  ignoresCancel: true,
  steps: [
    placeSerials,
    checkReceipt,
    decideOverReceipt,
    changeErpAuthorization,
    extendErpAuthorization,
    amendErpAuthorization,
    fixErpAuthorization,
    postStockIn,
    postStockCorrection,
  ],
};
