import type { Flow } from "../step.ts";
import { amendReturn } from "./amend-return.ts";
import { authorizeReturn } from "./authorize-return.ts";
import { cancelReturn } from "./cancel-return.ts";
import { closeReturn } from "./close-return.ts";
import { postCredit } from "./post-credit.ts";
import { replaceGoods } from "./replace-goods.ts";
import { settleInspection } from "./settle-inspection.ts";
import { takeInReceipt } from "./take-in-receipt.ts";
import { takeInReport } from "./take-in-report.ts";
import { tellCrm } from "./tell-crm.ts";
import { tellCustomer } from "./tell-customer.ts";

/** Every flow there is. One that has run is never removed while an unfinished run needs it (W-15). */
export const flows: readonly Flow[] = [
  authorizeReturn,
  takeInReceipt,
  takeInReport,
  settleInspection,
  postCredit,
  replaceGoods,
  cancelReturn,
  amendReturn,
  closeReturn,
  tellCrm,
  tellCustomer,
];
