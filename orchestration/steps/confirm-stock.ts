import type { NewFact } from "../facts-vocabulary.ts";
import type { DispositionState, ReturnState } from "../return-state.ts";
import type { DecidingStep } from "../step.ts";
import { dispositionOf } from "../dispositions.ts";

type Read = { found: boolean };

/** Both sides read back: the warehouse by its event, the ERP by its ledger. Only then is a disposition done (D-01, D-32). */
export const confirmStock: DecidingStep<Read> = {
  kind: "decide",
  name: "confirm-stock",
  system: "erp",
  guard: (state, run) => {
    const { confirmed, executedAt } = dispositionOf(state, run.subject)!;
    if (confirmed.WMS && confirmed.ERP) return { skip: "confirmed before" };
    return executedAt ? "go" : { end: "the warehouse has not done it yet" };
  },
  read: async (state, run) => {
    const number = dispositionOf(state, run.subject)!.adjusted?.documentNumber;
    if (!number) return { found: true };
    const moves = await run.systems.erpOf(state.companyId).findStockMoves([number], run.call);
    return { found: (moves.get(number) ?? []).length > 0 };
  },
  decide: (state, { found }, run) => {
    const disposition = dispositionOf(state, run.subject)!;
    const facts = [...confirm(disposition, "WMS"), ...(found ? confirm(disposition, "ERP") : [])];
    return found ? { facts } : { facts, tasks: [notThere(state, disposition)], then: "stop" };
  },
};

const confirm = ({ confirmed, dispositionId }: DispositionState, side: "WMS" | "ERP"): NewFact[] =>
  confirmed[side] ? [] : [{ kind: "inventory.confirmed", data: { side, dispositionId } }];

const notThere = (state: ReturnState, { adjusted, dispositionId }: DispositionState) => ({
  code: "STOCK_DIFFERENCE" as const,
  summary: `The ERP's item ledger does not show ${adjusted?.documentNumber} of ${state.rmaNumber}.`,
  cause: `read-back:${dispositionId}`,
});
