import type { Flow } from "../step.ts";
import { cancelReplacement } from "../steps/cancel-replacement.ts";
import { deleteErpAuthorization } from "../steps/delete-erp-authorization.ts";
import { finishCancel } from "../steps/finish-cancel.ts";
import { resolveAmbiguous } from "../steps/resolve-ambiguous.ts";
import { voidLabel } from "../steps/void-label.ts";
import { withdrawInstruction } from "../steps/withdraw-instruction.ts";

/** Undoes intents, never what happened (W-07): what came goes on in the other flows. */
export const cancelReturn: Flow = {
  name: "cancel-return",
  version: 1,
  lane: "goods",
  ignoresCancel: true,
  steps: [resolveAmbiguous, voidLabel, withdrawInstruction, cancelReplacement, deleteErpAuthorization, finishCancel],
};
