import type { Flow } from "../step.ts";
import { readPartnerReport } from "../steps/read-report.ts";

/** What a partner reports, in our words. It is told whatever else the return waits for, as what a warehouse's own feed tells. */
export const takeInReport: Flow = {
  name: "take-in-report",
  version: 1,
  lane: "messages",
  ignoresCancel: true,
  steps: [readPartnerReport],
};
