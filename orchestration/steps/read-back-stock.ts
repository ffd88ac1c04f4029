import type { DecidingStep } from "../step.ts";
import type { ReturnState } from "../return-state.ts";
import { readyToClose } from "./finish-close.ts";

type Read = { missing: string[] };

/** Every stock document of the return stands in the ERP's item ledger (D-32). */
export const readBackStock: DecidingStep<Read> = {
  kind: "decide",
  name: "read-back-stock",
  system: "erp",
  guard: (state) => readyToClose(state),
  read: async (state, run) => {
    const numbers = documentNumbers(state);
    const moves =
      numbers.length > 0 ? await run.systems.erpOf(state.companyId).findStockMoves(numbers, run.call) : new Map();
    return { missing: numbers.filter((number) => (moves.get(number) ?? []).length === 0) };
  },
  decide: (state, { missing }) =>
    missing.length === 0
      ? { facts: [] }
      : {
          facts: [],
          tasks: [
            {
              code: "STOCK_DIFFERENCE",
              summary: `The ERP's item ledger does not show ${missing.join(", ")} of ${state.rmaNumber}.`,
              cause: `close-stock:${state.id}`,
            },
          ],
          then: "stop",
        },
};

const documentNumbers = (state: ReturnState): string[] => [
  ...new Set(state.postings.map(({ documentNumber }) => documentNumber)),
];
