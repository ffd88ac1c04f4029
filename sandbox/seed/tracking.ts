import { quantity, toThousandths } from "./decimals.ts";
import { addDays } from "./days.ts";
import type { TrackingPlan } from "./order-plan.ts";
import type { Day, Item, Tracking } from "./types.ts";

export const LOTS = 3;

/** The lots that every place holds of an item: three, the first one running out soon. */
export function lotOf(today: Day, sku: string, place: string, index: number): { lotNumber: string; expiresOn: Day } {
  return { lotNumber: `L-${sku.replace("-", "")}-${place}-${index + 1}`, expiresOn: addDays(today, 90 + 180 * index) };
}

/** Hands out serial numbers, each once, and lots in turn. */
export function createTracker(today: Day) {
  const turns = new Map<string, number>();
  const take = (key: string) => {
    const turn = (turns.get(key) ?? 0) + 1;
    turns.set(key, turn);
    return turn;
  };
  const serial = (sku: string): Tracking => ({
    serialNumber: `${sku.replace("-", "")}-${String(take(sku)).padStart(5, "0")}`,
    lotNumber: null,
    expiresOn: null,
    quantityBase: "1",
  });
  return {
    /** Serials or a lot for a quantity in base units; nothing for an item that isn't tracked. */
    track(item: Item, place: string, quantityBase: number): Tracking[] {
      if (item.tracking === "SERIAL") return Array.from({ length: quantityBase / 1000 }, () => serial(item.sku));
      if (item.tracking === "NONE") return [];
      const lot = lotOf(today, item.sku, place, take(`${place}/${item.sku}`) % LOTS);
      return [{ serialNumber: null, ...lot, quantityBase: quantity(quantityBase) }];
    },
    /** Serials and lots that a story names. */
    planned: (plans: TrackingPlan[]): Tracking[] =>
      plans.map((plan) => ({
        serialNumber: plan.serialNumber ?? null,
        lotNumber: plan.lotNumber ?? null,
        expiresOn: plan.expiresInDays === undefined ? null : addDays(today, plan.expiresInDays),
        quantityBase: quantity(toThousandths(plan.quantityBase)),
      })),
  };
}

export type Tracker = ReturnType<typeof createTracker>;
