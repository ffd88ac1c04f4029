import type { Flow } from "../step.ts";
import { confirmStock } from "../steps/confirm-stock.ts";
import { decideDisposition } from "../steps/decide-disposition.ts";
import { instructDisposition } from "../steps/instruct-disposition.ts";
import { judgeInspection } from "../steps/judge-inspection.ts";
import { postDisposition } from "../steps/post-disposition.ts";
import { readBackMove } from "../steps/read-back-move.ts";
import { requestReplacement } from "../steps/request-replacement.ts";
import { withdrawDisposition } from "../steps/withdraw-disposition.ts";

/** Inspected goods to where they go: decided, told to the warehouse, posted in the ERP, read back on both sides. */
export const settleInspection: Flow = {
  name: "settle-inspection",
  version: 1,
  lane: "goods",
  ignoresCancel: true,
  steps: [
    withdrawDisposition,
    judgeInspection,
    decideDisposition,
    requestReplacement,
    instructDisposition,
    postDisposition,
    readBackMove,
    confirmStock,
  ],
};
