import type { Flow } from "../step.ts";
import { finishClose } from "../steps/finish-close.ts";
import { readBackCredit } from "../steps/read-back-credit.ts";
import { readBackReplacement } from "../steps/read-back-replacement.ts";
import { readBackStock } from "../steps/read-back-stock.ts";

/** Closed once stock and credit are read back (D-32). */
export const closeReturn: Flow = {
  name: "close-return",
  version: 1,
  lane: "money",
  ignoresCancel: false,
  steps: [readBackStock, readBackCredit, readBackReplacement, finishClose],
};
