import type Fraction from "fraction.js";
import type { Books } from "./books.ts";
import { exact, money, plain, sum } from "./decimals.ts";
import type { Input } from "./fields.ts";
import type { Entity } from "./filter.ts";
import { text } from "./references.ts";

const ZERO = exact("0");
const HUNDRED = exact("100");

/** Quantity times price to the cent, before any discount. */
export const grossOf = (line: Input): Fraction =>
  exact(money(exact(text(line, "quantity")).mul(exact(text(line, "unitPrice")))));
export const discountOf = (line: Input): string =>
  money(
    grossOf(line)
      .mul(exact(text(line, "discountPercent")))
      .div(HUNDRED),
  );
export const percentOf = (amount: string, gross: Fraction): string =>
  gross.equals(ZERO) ? "0" : plain(exact(amount).mul(HUNDRED).div(gross));

/** Recalculates a document: line amounts, shares of the invoice discount, and tax once for each tax code's sum (D-07, D-21). */
export function settleTotals(books: Books, headers: string, lineSet: string, header: Entity): Entity {
  const lines = books.table(lineSet).by("documentId", header.id);
  const amounts = lines.map((line) => money(grossOf(line).sub(exact(text(line, "discountAmount")))));
  const shares = spread(exact(text(header, "discountAmount")), amounts);
  const nets = amounts.map((amount, index) => money(exact(amount).sub(exact(shares[index]!))));
  const taxes = taxed(lines, amounts);
  const netTaxes = taxed(lines, nets);
  lines.forEach((line, index) => {
    const amount = {
      amountExcludingTax: amounts[index]!,
      totalTaxAmount: taxes[index]!,
      amountIncludingTax: money(sum([amounts[index]!, taxes[index]!])),
    };
    const net = {
      netAmount: nets[index]!,
      netTaxAmount: netTaxes[index]!,
      netAmountIncludingTax: money(sum([nets[index]!, netTaxes[index]!])),
    };
    books.table(lineSet).put({ ...line, ...amount, ...net, invoiceDiscountAllocation: shares[index]! });
  });
  const totals = {
    totalAmountExcludingTax: money(sum(nets)),
    totalTaxAmount: money(sum(netTaxes)),
    totalAmountIncludingTax: money(sum([...nets, ...netTaxes])),
  };
  return books.save(headers, { ...header, ...totals });
}

/** Shares of an amount in proportion, so that they add up to the cent. */
function spread(amount: Fraction, parts: string[]): string[] {
  const whole = sum(parts);
  if (whole.equals(ZERO)) return parts.map(() => "0.00");
  return differences(parts.map((_, index) => money(amount.mul(sum(parts.slice(0, index + 1))).div(whole))));
}

/** Tax of each line, such that the lines of a tax code add up to the tax on their sum. */
function taxed(lines: Entity[], amounts: string[]): string[] {
  const taxes = lines.map(() => "0.00");
  for (const code of new Set(lines.map((line) => text(line, "taxCode")))) {
    const members = lines.flatMap((line, index) => (text(line, "taxCode") === code ? [index] : []));
    const percent = exact(text(lines[members[0]!]!, "taxPercent"));
    const running = members.map((_, at) =>
      money(
        sum(members.slice(0, at + 1).map((index) => amounts[index]!))
          .mul(percent)
          .div(HUNDRED),
      ),
    );
    differences(running).forEach((tax, at) => (taxes[members[at]!] = tax));
  }
  return taxes;
}

const differences = (running: string[]): string[] =>
  running.map((value, index) => money(exact(value).sub(exact(running[index - 1] ?? "0"))));
