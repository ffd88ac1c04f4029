import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDistributor } from "#sandbox/seed/make-distributor.ts";
import { createRandom } from "#sandbox/seed/random.ts";
import { openOrders } from "./orders.ts";
import type { Plan } from "./plan.ts";
import { makePlans } from "./plans.ts";

const plansOf = (today: string, { scale = 1, share = 1 } = {}): Plan[] =>
  makePlans(openOrders(makeDistributor({ today, scale }), today), createRandom(1), { scale, share });
const agesOf = (plans: readonly Plan[], stage: string): number[] =>
  plans
    .filter((plan) => plan.stage === stage)
    .map(({ acts, requestedDaysAgo }) => acts.at(-1)?.daysAgo ?? requestedDaysAgo);

for (const today of ["2026-02-28", "2026-11-21", "2027-01-01"])
  test(`on ${today} there are 250 returns, 15 or more in each of 15 stages, none of a story's order, none of more than was sold`, () => {
    const plans = plansOf(today);
    assert.equal(plans.length, 250);
    const counts = Map.groupBy(plans, ({ stage }) => stage);
    assert.equal([...counts.values()].filter((of) => of.length >= 15).length, 15);
    assert.equal(counts.size, 19);
    const taken = new Map<object, number>();
    for (const { sold, quantity } of plans.flatMap(({ lines }) => lines)) {
      assert.match(sold.order.number, /^SO-(10[1-9]|20[1-9]|30[1-9])\d{3}$/);
      assert.ok(Number(sold.order.number.slice(3)) % 3 > 0, "every third order is left to people");
      taken.set(sold.line, (taken.get(sold.line) ?? 0) + quantity);
      assert.ok(quantity >= 1 && taken.get(sold.line)! <= Number(sold.line.quantity), sold.order.number);
    }
  });

test("each of the four partners has returns to see (seed-stories, D-40)", () => {
  const orders = plansOf("2026-11-21").flatMap(({ lines }) => lines.map(({ sold }) => sold));
  const count = (fits: (sold: (typeof orders)[number]) => boolean) => orders.filter(fits).length;
  const [acme, northwind, boltco, supplyco] = [
    count(({ order }) => order.company === "EU03"),
    count(({ order }) => order.company === "US01" && order.channel === "MARKETPLACE"),
    count(({ order }) => order.customerNumber === "C-2020"),
    count(({ line }) => line.sku === "CSG-710"),
  ];
  assert.ok(acme > 9 && northwind > 9 && boltco > 1 && supplyco > 0, [acme, northwind, boltco, supplyco].join(" "));
});

test("a return is asked for after its goods were delivered, and its acts come one after the other, up to now", () => {
  for (const { lines, requestedDaysAgo, acts, stage } of plansOf("2026-11-21")) {
    assert.ok(
      lines.every(({ sold }) => sold.deliveredDaysAgo >= requestedDaysAgo),
      stage,
    );
    const times = [requestedDaysAgo, ...acts.map(({ daysAgo }) => daysAgo)];
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
    assert.ok(times.at(-1)! > 0);
  }
});

test("ages are spread from within their SLA to far past it, and no return expires or is short-closed within a week (vocabulary section 9)", () => {
  const plans = plansOf("2026-11-21");
  /** Days: the clock of the stage. */
  const slas = {
    REQUESTED: 1,
    PENDING_APPROVAL: 2,
    AWAITING_RECEIPT: 14,
    IN_TRANSIT: 7,
    RECEIVED: 2,
    IN_INSPECTION: 2,
    DISPOSITIONED: 2,
    PENDING_CREDIT: 2,
    SETTLED: 2,
  };
  for (const [stage, days] of Object.entries(slas)) {
    const ages = agesOf(plans, stage);
    assert.ok(
      ages.some((age) => age < days) && ages.filter((age) => age > days).length >= 3,
      `${stage}: ${ages.join(" ")}`,
    );
  }
  // A weekend moves what happened back to its Friday.
  const weekend = 3;
  for (const stage of ["AUTHORIZED", "AWAITING_RECEIPT"])
    assert.ok(Math.max(...agesOf(plans, stage)) < 30 - 6 - weekend, stage);
  assert.ok(Math.max(...agesOf(plans, "PARTIALLY_RECEIVED")) < 14);
  assert.ok(Math.min(...agesOf(plans, "EXPIRED")) > 31);
});

test("three times the scale is three times the returns; a small share has one of each stage", () => {
  assert.equal(plansOf("2026-11-21", { scale: 3 }).length, 740);
  assert.equal(new Set(plansOf("2026-11-21", { share: 0.01 }).map(({ stage }) => stage)).size, 19);
});
