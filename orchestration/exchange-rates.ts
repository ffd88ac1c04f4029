import type { ErpExchangeRate } from "#adapters/erp/port.ts";
import { dayAt } from "#shared/calendar.ts";
import { Fraction, sum } from "#shared/decimal.ts";
import { toCent } from "#shared/money.ts";
import { companyById } from "#shared/places.ts";
import type { ExchangeRate } from "./facts-vocabulary.ts";
import type { ReturnState } from "./return-state.ts";
import type { ReadThrough, Run } from "./step.ts";

// Thresholds are in the company's currency, at the rate of the day of the decision, which is kept with it (D-22).

type InCurrency = Pick<ReturnState, "companyId" | "currency">;

export const currencyOfCompany = (companyId: string): string => companyById(companyId)!.currency;

export const isForeign = ({ companyId, currency }: InCurrency): boolean =>
  currency !== null && currency !== currencyOfCompany(companyId);

/**
 * Today's rate from a return's currency to the company's; null where the ERP knows none. With the ERP away one that was read on the same day counts,
 * else its failure is thrown, and the step waits.
 */
export async function readExchangeRate(
  { companyId, currency }: InCurrency,
  run: Run,
  readThrough: ReadThrough,
): Promise<ExchangeRate | null> {
  const erp = run.systems.erpOf(companyId);
  const day = dayAt(companyId, run.now);
  const key = `${currency}/${day}`;
  const ask = async (): Promise<Map<string, ErpExchangeRate>> => {
    const found = (await erp.findExchangeRates([currency!], day, run.call)).get(currency!);
    return new Map(found ? [[key, found]] : []);
  };
  const known = (await readThrough({ system: erp.system, kind: "exchangeRate", keys: [key], ask })).get(key);
  if (known instanceof Error) throw known.cause instanceof Error ? known.cause : known;
  if (!known) return null;
  const { rate, validFrom } = known.value;
  return { rate, currency: currencyOfCompany(companyId), day, validFrom, system: erp.system };
}

/** An amount in the company's currency, to the cent; null where no rate is known. */
export function inCompanyCurrency(
  of: InCurrency,
  amount: Fraction,
  exchangeRate: ExchangeRate | null | undefined,
): Fraction | null {
  if (!isForeign(of)) return amount;
  return exchangeRate ? toCent(amount.mul(exchangeRate.rate)) : null;
}

/** What credits come to in the company's currency, each at the rate that it was decided on; null when that of one is not known. */
export function netInCompanyCurrency(
  companyId: string,
  credits: readonly { net: string; currency: string; exchangeRate?: ExchangeRate }[],
): Fraction | null {
  const amounts = credits.map(({ net, currency, exchangeRate }) =>
    inCompanyCurrency({ companyId, currency }, new Fraction(net), exchangeRate),
  );
  return amounts.includes(null) ? null : sum(amounts as Fraction[]);
}

/** What thresholds are compared with where no rate is known: above every one of a table, so that all tiers are asked rather than none. */
export const BEYOND = new Fraction(10n ** 12n);
