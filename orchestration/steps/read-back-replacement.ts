import type { ErpOrder } from "#adapters/erp/port.ts";
import type { ReturnState } from "../return-state.ts";
import type { DecidingStep } from "../step.ts";
import { readyToClose } from "./finish-close.ts";

type Read = { orders: Map<string, ErpOrder> };

/** Every replacement stands in the ERP as shipped (D-32). */
export const readBackReplacement: DecidingStep<Read> = {
  kind: "decide",
  name: "read-back-replacement",
  system: "erp",
  guard: (state) => {
    const ready = readyToClose(state);
    return ready === "go" && shipped(state).length === 0 ? { skip: "nothing was replaced" } : ready;
  },
  read: async (state, run) => ({
    orders: await run.systems.erpOf(state.companyId).findOrders(shipped(state), run.call),
  }),
  decide: (state, { orders }) => {
    const open = shipped(state).filter((number) => !hasShipped(orders.get(number)));
    if (open.length === 0) return { facts: [] };
    const task = {
      code: "STOCK_DIFFERENCE" as const,
      summary: `The ERP does not show ${open.join(", ")}, the replacement of ${state.rmaNumber}, as shipped.`,
      cause: `close-replacement:${state.id}`,
    };
    return { facts: [], tasks: [task], then: "stop" };
  },
};

/** All of it; an order that is invoiced besides is gone from the open ones (D-04). */
export const hasShipped = (order: ErpOrder | undefined): boolean =>
  order?.status === "SHIPPED" || order?.status === "INVOICED";

const shipped = ({ replacements }: ReturnState): string[] =>
  replacements.flatMap(({ status, order }) => (status === "SHIPPED" && order ? [order.number] : []));
