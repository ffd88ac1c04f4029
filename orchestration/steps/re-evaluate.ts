import { Fraction } from "#shared/decimal.ts";
import { lockAllocations } from "../allocations.ts";
import { knownCustomer } from "../amending.ts";
import { asAsked, evaluateAmended, knownKeys } from "../amended-eligibility.ts";
import { allocationKeys, type OrderHistory, readOrderHistory } from "../eligibility.ts";
import { declinedForSerials, heldSerials } from "../held-serials.ts";
import type { LineState, ReturnState } from "../return-state.ts";
import type { DecidingStep, Decision } from "../step.ts";
import { undecidedSince } from "./decide-authorization.ts";

/** Policy on what was amended up or added while the ERP was away; otherwise the amendment was evaluated when it was taken (D-30). */
export const reEvaluate: DecidingStep<OrderHistory | null> = {
  kind: "decide",
  name: "re-evaluate",
  system: "erp",
  guard: (state) => (due(state).length > 0 ? "go" : { skip: "evaluated with the amendment" }),
  read: (state, run) => readOrderHistory(run.systems.erpOf(state.companyId), state.orderNumber, run.call),
  decide: async (state, history, { policies, installation, now }, tx): Promise<Decision> => {
    const lines = due(state);
    const policyVersion = policies.version;
    const keys = history ? allocationKeys(history) : [];
    const taken = await lockAllocations(tx, [...new Set([...keys, ...knownKeys(state, lines)])]);
    const held = history ? await heldSerials(tx, history, lines) : [];
    const found = history
      ? evaluateAmended(history, lines.map(asAsked), { policies, installation, now, taken, held })
      : new Map<string, never>();
    const missing = lines.filter(({ id }) => !found.has(id)).map(noRecord);
    const declined = [...missing, ...declinedForSerials(found.values())];
    return {
      facts: [
        ...(found.size > 0
          ? [
              {
                kind: "policy.evaluated" as const,
                data: { ...knownCustomer(state), policyVersion, lines: [...found.values()] },
              },
            ]
          : []),
        ...(declined.length > 0
          ? [{ kind: "return.declined" as const, data: { lines: declined, policyVersion } }]
          : []),
      ],
    };
  },
};

const due = (state: ReturnState): LineState[] => [
  ...state.lines.filter(({ toEvaluate, pendingIncrease }) => toEvaluate && new Fraction(pendingIncrease).gt(0)),
  ...undecidedSince(state).filter(({ evaluated }) => !evaluated),
];

/** The ERP answers and has no such posted line any more. */
const noRecord = ({ id }: LineState) => ({ lineId: id, reason: "NO_RECORD_OF_SALE", ruleId: "EL-01" });
