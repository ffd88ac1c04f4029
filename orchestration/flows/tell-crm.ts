import type { Flow } from "../step.ts";
import { findOrCreateCase } from "../steps/find-or-create-case.ts";
import { writeMilestone } from "../steps/write-milestone.ts";

/** What happened, to the people who read the cases. In a lane of its own: a CRM that is slow or dead holds up no goods and no money (W-11). */
export const tellCrm: Flow = {
  name: "tell-crm",
  version: 1,
  lane: "messages",
  ignoresCancel: true,
  tellsFacts: true,
  steps: [findOrCreateCase, writeMilestone],
};
