import type Fraction from "fraction.js";
import type { Books } from "./books.ts";
import { exact } from "./decimals.ts";
import { text } from "./references.ts";

/** What one of a currency is worth in the company's own today; a currency whose rate is relative to another one goes by way of that. */
export function worthOf(books: Books, currency: string): Fraction {
  if (currency === "" || currency === books.company.currency) return exact("1");
  const today = books.today();
  const [rate] = books
    .table("currencyExchangeRates")
    .all()
    .filter((row) => row["currencyCode"] === currency && text(row, "startingDate") <= today)
    .toSorted((a, b) => (text(a, "startingDate") < text(b, "startingDate") ? 1 : -1));
  if (!rate) throw new Error(`${books.company.code} has no rate for ${currency}`);
  return exact(text(rate, "relationalExchangeRateAmount"))
    .div(exact(text(rate, "exchangeRateAmount")))
    .mul(worthOf(books, text(rate, "relationalCurrencyCode")));
}
