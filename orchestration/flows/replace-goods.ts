import type { Flow } from "../step.ts";
import { checkReplacement } from "../steps/check-replacement.ts";
import { createReplacementOrder } from "../steps/create-replacement-order.ts";

/** Other goods in place of those that came back and were accepted. It goes on for them while the rest is cancelled; its steps end by themselves where it is given up with that. */
export const replaceGoods: Flow = {
  name: "replace-goods",
  version: 1,
  lane: "goods",
  ignoresCancel: true,
  steps: [checkReplacement, createReplacementOrder],
};
