import type { Random } from "#sandbox/seed/random.ts";
import { type Act, block, inspect, putAway, receive } from "./acts.ts";
import type { Orders } from "./orders.ts";
import { type At, one, type Plan, type Planted, type Stage, US } from "./plan.ts";
import { stages } from "./stages.ts";

/** Dear lines and scrap are few; whoever takes any line comes later. */
const scarcestFirst = (): Stage[] => [
  ...new Set<Stage>(["PENDING_CREDIT", "IN_INSPECTION", ...(Object.keys(stages) as Stage[])]),
];

/** Goods that came after their return had expired, and one return for each difference that is planted (seed-stories). Once, whatever the scale. */
function knownByName(orders: Orders, random: Random): (Plan | null)[] {
  const of = (stage: Stage, age: number): At => ({ stage, age, index: 0, orders, random });
  const plant = (planted: Planted, plan: Plan | null): Plan | null => plan && { ...plan, planted };
  const settled: [number, Act][] = [
    [5, inspect(["A"])],
    [6, putAway],
  ];
  const expired = one(of("UNAUTHORIZED_RECEIPT", 3), 33, US, [[33, receive()]]);
  return [
    expired && { ...expired, rmaNumber: "R-EXPIRED-1" },
    plant(
      "STOCK_WITHOUT_CREDIT",
      one(of("PENDING_CREDIT", 4), 6, { ...US, alone: true }, [[4, receive()], [4.5, block], ...settled]),
    ),
    plant("CREDIT_WITHOUT_STOCK", one(of("AWAITING_RECEIPT", 6), 0, US)),
    plant("STOCK_DIFFERENCE", one(of("RECEIVED", 3), 5, US, [[5, receive()]])),
    plant("CREDIT_DIFFERENCE", one(of("CLOSED", 5), 6, US, [[4, receive()], ...settled])),
  ];
}
/** All returns of the past for a scale, or the share of them that a test asks for: at least one of each stage. */
export function makePlans(
  orders: Orders,
  random: Random,
  { scale, share = 1 }: { scale: number; share?: number },
): Plan[] {
  const named = knownByName(orders, random).map((plan) => found(plan, "known by name"));
  const others = scarcestFirst().flatMap((stage) => {
    const { plans, from, to, make } = stages[stage]!;
    const count = Math.max(1, Math.round(plans * share)) * scale;
    return Array.from({ length: count }, (_, index) => {
      const age = from + ((to - from) * index) / Math.max(1, count - 1);
      return found(make({ stage, age, index, orders, random }), `${stage} since ${age.toFixed(1)} days`);
    });
  });
  return [...named, ...others];
}

function found(plan: Plan | null, what: string): Plan {
  if (!plan) throw new Error(`the seed has no order left for a return that is ${what}`);
  return plan;
}
