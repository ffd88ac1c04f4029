import { DateTime } from "luxon";
import { Fraction, toPlain } from "#shared/decimal.ts";
import { companyById } from "#shared/places.ts";
import type { Call } from "../../port.ts";
import type { ErpExchangeRate } from "../port.ts";
import type { Client } from "./client.ts";
import { answerAsked } from "./master-data.ts";
import { anyOf, askable, text } from "./odata.ts";
import { exchangeRates, type WireExchangeRate } from "./wire.ts";

/** The ERP's first day: a rate that has always been. */
const ALWAYS = "0001-01-01";
/** Where rates come daily or monthly, older ones need not be read. */
const RECENT_DAYS = 35;

/** A rate is so much of another currency for so much of this one; the other is the company's own (blank, or named) or one that has such a rate itself. */
export async function findExchangeRates(
  client: Client,
  companyId: string,
  currencies: readonly string[],
  on: string,
  call: Call,
): Promise<Map<string, ErpExchangeRate>> {
  const asked = askable(currencies, 10);
  const read = async (codes: readonly string[]) => {
    const found = await ratesInForce(client, codes, on, call);
    return new Map([...found].map(([code, row]) => [code, relativeTo(row, companyById(companyId)?.currency)]));
  };
  const inForce = await read([...asked.keys()]);
  const others = [...new Set([...inForce.values()].map(({ relationalCurrencyCode }) => relationalCurrencyCode))];
  const missing = others.filter((code) => code !== "" && !inForce.has(code));
  const all = new Map([...inForce, ...(await read(missing))]);
  return answerAsked(
    asked,
    [...inForce.values()].filter((row) => worthOf(row, all) !== null),
    (row) => row.currencyCode,
    (row): ErpExchangeRate => ({
      companyId,
      currency: row.currencyCode,
      validFrom: row.startingDate ?? ALWAYS,
      rate: toPlain(worthOf(row, all)!, 15),
    }),
  );
}

/** The latest row of each currency up to a day. */
async function ratesInForce(
  client: Client,
  codes: readonly string[],
  on: string,
  call: Call,
): Promise<Map<string, WireExchangeRate>> {
  const recently = DateTime.fromISO(on).minus({ days: RECENT_DAYS }).toISODate()!;
  const recent = latest(await rowsOf(client, codes, `startingDate ge ${recently} and startingDate le ${on}`, call));
  const missing = codes.filter((code) => !recent.has(code));
  return new Map([...recent, ...latest(await rowsOf(client, missing, `startingDate lt ${recently}`, call))]);
}

async function rowsOf(client: Client, codes: readonly string[], days: string, call: Call): Promise<WireExchangeRate[]> {
  const filters = anyOf("currencyCode", codes.map(text)).map((any) => `(${any}) and ${days}`);
  const pages = await Promise.all(
    filters.map((filter) => client.list(exchangeRates, filter, { deed: "find-exchange-rates" }, call)),
  );
  return pages.flat().filter(({ exchangeRateAmount }) => exchangeRateAmount.gt(0));
}

function latest(rows: readonly WireExchangeRate[]): Map<string, WireExchangeRate> {
  const sorted = rows.toSorted((a, b) => ((a.startingDate ?? ALWAYS) < (b.startingDate ?? ALWAYS) ? -1 : 1));
  return new Map(sorted.map((row) => [row.currencyCode, row]));
}

const relativeTo = (row: WireExchangeRate, own: string | undefined): WireExchangeRate =>
  row.relationalCurrencyCode === own ? { ...row, relationalCurrencyCode: "" } : row;

/** In the company's currency; null where the currency that it is relative to has no rate to that. */
function worthOf(row: WireExchangeRate, all: ReadonlyMap<string, WireExchangeRate>): Fraction | null {
  const own = row.relationalExchangeRateAmount.div(row.exchangeRateAmount);
  if (row.relationalCurrencyCode === "") return own;
  const other = all.get(row.relationalCurrencyCode);
  return other?.relationalCurrencyCode === "" ? own.mul(worthOf(other, all)!) : null;
}
