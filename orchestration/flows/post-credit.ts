import type { Flow } from "../step.ts";
import { applyMemo } from "../steps/apply-memo.ts";
import { calculateCredit } from "../steps/calculate-credit.ts";
import { compareTotals } from "../steps/compare-totals.ts";
import { draftMemo } from "../steps/draft-memo.ts";
import { postMemo } from "../steps/post-memo.ts";
import { readBackMemo } from "../steps/read-back-memo.ts";
import { recheckInvoice } from "../steps/recheck-invoice.ts";

/** One memo for one inspected receipt (D-19). post-memo is the pivot: before it a draft can be deleted, after it only a correcting document helps (W-07). */
export const postCredit: Flow = {
  name: "post-credit",
  version: 1,
  lane: "money",
  ignoresCancel: true,
  steps: [calculateCredit, recheckInvoice, draftMemo, compareTotals, postMemo, readBackMemo, applyMemo],
};
