import { type OrderHistory, readOrderHistory } from "#orchestration/eligibility.ts";
import { SystemFailure } from "#shared/errors.ts";
import { seesSold } from "../kit/scope.ts";
import type { Context } from "./loaders.ts";

/** What the ERP says of an order within the deadline of a request; null: it has no such order, `down`: it did not answer in time (D-30). */
export async function readHistory(
  { companyId, orderNumber }: { companyId: string; orderNumber: string },
  { systems, call, config, log, caller }: Context,
): Promise<OrderHistory | null | "down"> {
  const deadlineMs = Math.min(call.deadlineMs ?? Infinity, config.internals.requestValidationMs);
  try {
    const signal = AbortSignal.timeout(deadlineMs);
    return await readOrderHistory(systems.erpOf(companyId), orderNumber, { ...call, deadlineMs, signal }, (order) =>
      seesSold(caller, order),
    );
  } catch (error) {
    if (!(error instanceof SystemFailure)) throw error;
    log.warn({ err: error, companyId }, "a return is asked for while the ERP can't validate it");
    return "down";
  }
}
