import type { ErpCredit } from "#adapters/erp/port.ts";
import type { DecidingStep } from "../step.ts";
import { creditInWork, doneElsewhere } from "./calculate-credit.ts";

type Read = { memo: ErpCredit | undefined };

/** The posted memo stands in the ERP under its key with the amounts that we took for it (RS-05). */
export const readBackMemo: DecidingStep<Read> = {
  kind: "decide",
  name: "read-back-memo",
  system: "erp",
  guard: (state, run) => (creditInWork(state, run.subject)?.status === "POSTED" ? "go" : doneElsewhere),
  read: async (state, run) => {
    const { transactionKey } = creditInWork(state, run.subject)!;
    return {
      memo: (await run.systems.erpOf(state.companyId).findCreditsByKey([transactionKey], run.call)).get(transactionKey),
    };
  },
  decide: (state, { memo }, run) => {
    const { erp, number, currency, transactionKey } = creditInWork(state, run.subject)!;
    if (memo?.status === "POSTED" && memo.total === erp?.total) return { facts: [] };
    const told = memo
      ? {
          summary: `Memo ${number} of ${state.rmaNumber} stands at another total in the ERP than we hold.`,
          amounts: `There it is ${memo.total}, here ${erp?.total} ${currency}.`,
        }
      : { summary: `The ERP does not show memo ${number} of ${state.rmaNumber} (${transactionKey}).` };
    return { facts: [], tasks: [{ code: "CREDIT_DIFFERENCE", ...told }], then: "stop" };
  },
};
