import type { ErpCredit } from "#adapters/erp/port.ts";
import type { CreditState, ReturnState } from "../return-state.ts";
import type { DecidingStep } from "../step.ts";
import { readyToClose } from "./finish-close.ts";

type Read = { memos: Map<string, ErpCredit> };

/** Every credit of the return stands in the ERP with the amounts we hold (D-32). */
export const readBackCredit: DecidingStep<Read> = {
  kind: "decide",
  name: "read-back-credit",
  system: "erp",
  guard: (state) => readyToClose(state),
  read: async (state, run) => ({
    memos: await run.systems.erpOf(state.companyId).findCreditsByKey(
      posted(state).map(({ transactionKey }) => transactionKey),
      run.call,
    ),
  }),
  decide: (state, { memos }) => {
    const differing = posted(state).filter((credit) => !same(credit, memos.get(credit.transactionKey)));
    if (differing.length === 0) return { facts: [] };
    const numbers = differing.map(({ number, transactionKey }) => number ?? transactionKey).join(", ");
    const task = {
      code: "CREDIT_DIFFERENCE" as const,
      summary: `The ERP's memo differs from our credit ${numbers} of ${state.rmaNumber}.`,
      cause: `close-credit:${state.id}`,
    };
    return { facts: [], tasks: [task], then: "stop" };
  },
};

const posted = (state: ReturnState): CreditState[] => state.credits.filter(({ status }) => status === "POSTED");
const same = ({ erp }: CreditState, memo: ErpCredit | undefined): boolean =>
  memo?.status === "POSTED" && erp !== null && memo.total === erp.total && memo.net === erp.net;
