import { Fraction, sum, toFixed } from "#shared/decimal.ts";
import type { KeyedDocument, KeyedLine } from "../../port.ts";
import type { CreditMemoRequest } from "../port.ts";
import { feeLine, type MemoTerms } from "./credit-memo-fees.ts";
import { matchLines } from "./matching.ts";
import { asCode } from "./odata.ts";
import { isPosted, type WireMemo, type WireMemoLine } from "./wire.ts";

type FactorOf = (sku: string, unit: string) => Fraction;
type RequestLine = CreditMemoRequest["lines"][number];

/** A line for goods, which a stock document or the memo itself brings in; all else is a line of an account (D-02). */
export const hasGoods = ({ stockInLineId, location }: RequestLine): boolean =>
  stockInLineId !== null || location !== undefined;

/** A memo against its request: the same only when every line is there and comes to its net to the cent, so a half-made draft is not (W-01). */
export function describeMemo(
  row: WireMemo,
  request: CreditMemoRequest,
  terms: MemoTerms,
  factorOf: FactorOf,
): KeyedDocument {
  const wire = row.salesCreditMemoLines
    .filter(({ lineType }) => lineType !== "Comment")
    .toSorted((a, b) => a.sequence - b.sequence);
  const goods = matchGoods(
    request.lines.filter(hasGoods),
    wire.filter(({ lineType }) => lineType === "Item"),
    factorOf,
  );
  const extras = [
    ...request.lines.filter((line) => !hasGoods(line)).map(terms.allowanceLine),
    ...request.fees.map((fee) => feeLine(fee, terms)),
  ];
  const others = matchLines(
    extras,
    wire
      .filter(({ lineType }) => lineType !== "Item")
      .map((line) => ({
        content: { type: line.lineType, number: line.lineObjectNumber, net: line.netAmount },
        line: { id: line.id, sku: null, quantity: null, net: line.netAmount, tax: line.netTaxAmount },
      })),
  );
  const sameHead =
    row.customerNumber === asCode(request.customerNumber) &&
    row.invoiceNumber === asCode(request.invoiceNumber) &&
    row.currencyCode === asCode(request.currency);
  return {
    id: row.id,
    number: row.number,
    status: isPosted(row.status) ? "POSTED" : "DRAFT",
    theirStatus: row.status,
    sameContent: goods.same && others.same && sameHead,
    totals: { net: row.totalAmountExcludingTax, tax: row.totalTaxAmount, total: row.totalAmountIncludingTax },
    postingDate: isPosted(row.status) ? row.postingDate : null,
    lines: [...goods.lines, ...others.lines],
  };
}

/** Requested goods take the memo's Item lines of their SKU in order; one may need several (a serial number each). */
function matchGoods(
  requested: readonly RequestLine[],
  wire: readonly WireMemoLine[],
  factorOf: FactorOf,
): { same: boolean; lines: KeyedLine[] } {
  const left = [...wire];
  const matched = requested.map((line) => {
    const taken = takeFor(line, left, factorOf);
    const net = total(taken, "netAmount");
    const one: KeyedLine = {
      id: taken[0]?.id ?? "",
      ref: line.ref,
      sku: line.sku,
      quantity: line.quantity,
      net,
      tax: total(taken, "netTaxAmount"),
    };
    return { one, taken, isWhole: isAll(line, taken, factorOf) && net === toFixed(new Fraction(line.net), 2) };
  });
  const strangers = left.map((line): KeyedLine => ({
    id: line.id,
    ref: null,
    sku: line.lineObjectNumber,
    quantity: line.quantity,
    net: line.netAmount,
    tax: line.netTaxAmount,
  }));
  return {
    same: strangers.length === 0 && matched.every(({ isWhole }) => isWhole),
    lines: [...matched.filter(({ taken }) => taken.length > 0).map(({ one }) => one), ...strangers],
  };
}

const inBase = (line: WireMemoLine, factorOf: FactorOf) =>
  new Fraction(line.quantity).mul(factorOf(line.lineObjectNumber, line.unitOfMeasureCode));
const wantedOf = (line: RequestLine, factorOf: FactorOf) =>
  new Fraction(line.quantity).mul(factorOf(asCode(line.sku), asCode(line.unit)));

function takeFor(line: RequestLine, left: WireMemoLine[], factorOf: FactorOf): WireMemoLine[] {
  const taken: WireMemoLine[] = [];
  let missing = wantedOf(line, factorOf);
  for (const one of left.filter(({ lineObjectNumber }) => lineObjectNumber === asCode(line.sku))) {
    const here = inBase(one, factorOf);
    if (missing.lte(0) || here.gt(missing)) break;
    taken.push(one);
    left.splice(left.indexOf(one), 1);
    missing = missing.sub(here);
  }
  return taken;
}

const isAll = (line: RequestLine, taken: WireMemoLine[], factorOf: FactorOf) =>
  sum(taken.map((one) => inBase(one, factorOf))).equals(wantedOf(line, factorOf));
const total = (lines: WireMemoLine[], field: "netAmount" | "netTaxAmount") =>
  toFixed(sum(lines.map((line) => new Fraction(line[field]))), 2);
