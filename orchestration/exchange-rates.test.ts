import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErpPort } from "#adapters/erp/port.ts";
import type { Systems } from "#adapters/systems.ts";
import { Fraction } from "#shared/decimal.ts";
import { SystemUnavailable, TransientFailure } from "#shared/errors.ts";
import { BEYOND, inCompanyCurrency, isForeign, netInCompanyCurrency, readExchangeRate } from "./exchange-rates.ts";
import type { ExchangeRate } from "./facts-vocabulary.ts";
import { loadPolicies } from "./policies/policies.ts";
import type { ReadThrough, Run } from "./step.ts";

const US01 = { companyId: "US01", currency: "EUR" };
const at = (rate: string): ExchangeRate => ({
  ...{ rate, currency: "USD", day: "2026-11-21", validFrom: "2026-11-01", system: "erp-us01" },
});
const text = (amount: Fraction | null) => amount?.toString() ?? null;

test("an amount is told in the company's currency to the cent, half up; its own needs no rate (D-22)", () => {
  const worth = (currency: string, rate: ExchangeRate | null) =>
    text(inCompanyCurrency({ companyId: "US01", currency }, new Fraction("950.05"), rate));
  assert.equal(worth("USD", null), "950.05");
  assert.equal(worth("EUR", at("1.1")), "1045.06");
  assert.equal(worth("EUR", null), null);
  assert.deepEqual([isForeign(US01), isForeign({ companyId: "EU03", currency: "EUR" })], [true, false]);
});

test("credits of several currencies add up, each at the rate that it was decided on; one without a rate leaves the sum unknown (D-22, D-23)", () => {
  const euro = (net: string, rate: string) => ({ net, currency: "EUR", exchangeRate: at(rate) });
  const sum = netInCompanyCurrency("US01", [
    euro("480.00", "1.09"),
    euro("100.00", "1.2"),
    { net: "1.00", currency: "USD" },
  ]);
  assert.equal(text(sum), "644.2");
  assert.equal(netInCompanyCurrency("US01", [euro("1.00", "1.09"), { net: "1.00", currency: "EUR" }]), null);
});

test("where no rate is known every tier is asked (D-22, D-23)", () => {
  const tiers = loadPolicies().requiredApprovals({ kind: "HIGH_VALUE_CREDIT", net: BEYOND });
  assert.deepEqual(
    tiers.map(({ requiredRole }) => requiredRole),
    ["finance", "supervisor"],
  );
});

/** An ERP in a company whose day is still the 20th when it is the 21st in UTC. */
function ask(rates: { rate: string; validFrom: string } | null, readThrough?: ReadThrough) {
  const asked: unknown[] = [];
  const erp: Partial<ErpPort> = {
    system: "erp-us01",
    findExchangeRates: async (currencies, on) => {
      asked.push([currencies, on]);
      return new Map(rates ? [["EUR", { companyId: "US01", currency: "EUR", ...rates }]] : []);
    },
  };
  const systems = { erpOf: () => erp } as unknown as Systems;
  const run = { systems, now: new Date("2026-11-21T03:00:00Z"), call: { correlationId: "c" } } as Run;
  const through: ReadThrough =
    readThrough ??
    (async ({ system, keys, ask: read }) => {
      const found = await read(keys);
      return new Map(
        [...found].map(([key, value]) => [
          key,
          { value, freshness: { system, asOf: "2026-11-21T03:00:00Z", stale: false } },
        ]),
      );
    });
  return { asked, rate: () => readExchangeRate(US01, run, through) };
}

test("the rate is that of the company's day, with where it is from (D-22, D-26)", async () => {
  const { asked, rate } = ask({ rate: "1.09", validFrom: "2026-11-01" });
  assert.deepEqual(await rate(), { ...at("1.09"), day: "2026-11-20" });
  assert.deepEqual(asked, [[["EUR"], "2026-11-20"]]);
  assert.equal(await ask(null).rate(), null);
});

test("with the ERP away and nothing read on that day, the step waits for it", async () => {
  const failure = new TransientFailure({ system: "erp-us01", code: "CONNECTION_REFUSED" });
  const away = async ({ keys }: { keys: readonly string[] }) =>
    new Map(keys.map((key) => [key, new SystemUnavailable("erp-us01", { cause: failure })]));
  await assert.rejects(ask(null, away as ReadThrough).rate(), failure);
});
