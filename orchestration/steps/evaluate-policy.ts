import type { Transaction } from "#shared/database.ts";
import { foreignIdOf } from "#shared/ids.ts";
import { lockAllocations } from "../allocations.ts";
import { asAsked, evaluateAmended } from "../amended-eligibility.ts";
import { allocationKeys, type OrderHistory, readOrderHistory } from "../eligibility.ts";
import type { EvaluatedLine } from "../facts-vocabulary.ts";
import { declinedForSerials, heldSerials } from "../held-serials.ts";
import { caseWanted } from "../opening-case.ts";
import type { ReturnState } from "../return-state.ts";
import type { DecidingStep, Run } from "../step.ts";
import { undecided } from "./decide-authorization.ts";

type Read = OrderHistory | null;

/** Policy on the ERP's history, for a request that came while the ERP was away; otherwise the request was evaluated when it was taken (D-30). */
export const evaluatePolicy: DecidingStep<Read> = {
  kind: "decide",
  name: "evaluate-policy",
  system: "erp",
  guard: (state) =>
    undecided(state).every(({ evaluated }) => evaluated) ? { skip: "evaluated with the request" } : "go",
  read: (state, run) => readOrderHistory(run.systems.erpOf(state.companyId), state.orderNumber, run.call),
  decide: async (state, history, run, tx) => {
    if (!history)
      return {
        facts: [{ kind: "return.declined", data: { lines: noRecord(state), policyVersion: run.policies.version } }],
        then: "end",
      };
    const lines = await evaluate(state, history, run, tx);
    const missing = noRecord(state).filter(({ lineId }) => !lines.some((line) => line.lineId === lineId));
    const over = [...missing, ...declinedForSerials(lines)];
    const declined =
      over.length > 0
        ? [{ kind: "return.declined" as const, data: { lines: over, policyVersion: run.policies.version } }]
        : [];
    return {
      facts: [
        {
          kind: "policy.evaluated",
          data: {
            ...customerOf(state, history),
            policyVersion: run.policies.version,
            lines,
            ...caseWanted(run.policies, { channel: state.channel, caseGiven: state.caseIds.length > 0 }),
          },
        },
        ...declined,
      ],
    };
  },
  onUnavailable: (state, run) =>
    state.awaitingErp ? [] : [{ kind: "return.awaiting-erp", data: { since: run.now.toISOString() } }],
};

/** The ERP answers and has no such posted line. */
const noRecord = (state: ReturnState) =>
  undecided(state).map(({ id }) => ({ lineId: id, reason: "NO_RECORD_OF_SALE", ruleId: "EL-01" }));

async function evaluate(
  state: ReturnState,
  history: OrderHistory,
  run: Run,
  tx: Transaction,
): Promise<EvaluatedLine[]> {
  const { policies, installation, now } = run;
  const taken = await lockAllocations(tx, allocationKeys(history));
  const lines = undecided(state);
  const held = await heldSerials(tx, history, lines);
  const found = evaluateAmended(history, lines.map(asAsked), { policies, installation, now, taken, held });
  return [...found.values()];
}

const customerOf = ({ companyId }: ReturnState, { order, customer }: OrderHistory) => ({
  customerId: foreignIdOf("erp.customer", companyId, order.customerNumber),
  customerNumber: order.customerNumber,
  customerName: customer?.name ?? order.customerNumber,
  currency: order.currency,
  orderChannel: order.channel,
});
