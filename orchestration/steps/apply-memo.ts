import type { MemoApplication } from "#adapters/erp/port.ts";
import type { DecidingStep } from "../step.ts";
import { creditInWork, doneElsewhere } from "./calculate-credit.ts";

/** Where the posted memo went: to its invoice while that is open, the rest on account (D-25). The ERP applies it by the invoice that the memo names. */
export const applyMemo: DecidingStep<MemoApplication> = {
  kind: "decide",
  name: "apply-memo",
  system: "erp",
  guard: (state, run) => (creditInWork(state, run.subject)?.status === "POSTED" ? "go" : doneElsewhere),
  read: (state, run) =>
    run.systems.erpOf(state.companyId).findApplication(creditInWork(state, run.subject)!.number!, run.call),
  decide: (state, { applications, onAccount }, run) => ({
    facts: [
      {
        kind: "credit.applied",
        data: { creditId: creditInWork(state, run.subject)!.creditId, applications, onAccount },
      },
    ],
  }),
};
